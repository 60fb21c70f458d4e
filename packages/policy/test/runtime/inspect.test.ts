import { describe, expect, it } from '@jest/globals';
import { composeFacts } from '../../src/runtime/compose.facts.ts';
import { parseComposeService } from '../../src/runtime/compose-file.ts';
import { inspectFacts } from '../../src/runtime/inspect.facts.ts';
import { SeccompProfiles } from '../../src/runtime/seccomp-profiles.ts';

const PROFILE = { defaultAction: 'SCMP_ACT_ERRNO', syscalls: [] };
const OURS = `seccomp=${JSON.stringify(PROFILE)}`;
const profiles = new SeccompProfiles({ example: PROFILE });

/** As engine 20.10 answers for the service below, started by compose. */
const INSPECTED = {
  Config: {
    User: '65532:65532',
    Env: ['PORT=8443', 'ODD=a=b'],
    Labels: { 'com.docker.compose.project': 'p', 'com.docker.compose.service': 'example' },
  },
  HostConfig: {
    GroupAdd: ['7'],
    Privileged: false,
    ReadonlyRootfs: true,
    SecurityOpt: ['no-new-privileges:true', OURS],
    CapDrop: ['ALL'],
    CapAdd: null,
    Devices: null,
    NetworkMode: 'p_own',
    PidMode: '',
    IpcMode: 'private',
    UTSMode: '',
    UsernsMode: '',
    CgroupnsMode: 'private',
    ShmSize: 16_777_216,
    Memory: 268_435_456,
    MemorySwap: 268_435_456,
    NanoCpus: 500_000_000,
    PidsLimit: 128,
    Ulimits: [{ Name: 'nofile', Soft: 4096, Hard: 4096 }],
    MaskedPaths: ['/proc/kcore'],
    ReadonlyPaths: ['/proc/sys'],
    Tmpfs: { '/tmp': 'size=16m,mode=1777' },
    PortBindings: { '8443/tcp': [{ HostIp: '127.0.0.1', HostPort: '18443' }] },
    Dns: ['127.0.0.1'],
    RestartPolicy: { Name: 'unless-stopped', MaximumRetryCount: 0 },
    LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '2' } },
  },
  Mounts: [
    { Type: 'volume', Name: 'p_data', RW: true },
    { Type: 'volume', Name: 'p_trust', RW: false },
    { Type: 'bind', Source: '/var/run/docker.sock', RW: true },
  ],
  NetworkSettings: { Networks: { p_own: {} } },
};

const WRITTEN = {
  pull_policy: 'never',
  user: '65532:65532',
  group_add: ['7'],
  read_only: true,
  cap_drop: ['ALL'],
  security_opt: ['no-new-privileges:true'],
  ipc: 'private',
  cgroup: 'private',
  shm_size: '16m',
  mem_limit: '256m',
  memswap_limit: '256m',
  cpus: 0.5,
  pids_limit: 128,
  ulimits: { nofile: 4096 },
  tmpfs: ['/tmp:size=16m,mode=1777'],
  volumes: ['data:/data', 'trust:/trust:ro', '/var/run/docker.sock:/var/run/docker.sock'],
  environment: { PORT: '8443', ODD: 'a=b' },
  networks: ['own'],
  ports: ['127.0.0.1:18443:8443'],
  dns: ['127.0.0.1'],
  restart: 'unless-stopped',
  logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '2' } },
};

describe('what the engine says of a container', () => {
  it('is the same as what the compose file said of it', () => {
    const written = composeFacts('example', parseComposeService('example', WRITTEN), { folder: '/', profiles });
    expect(inspectFacts(INSPECTED, profiles)).toEqual({ ...written, seccomp: 'example' });
  });

  describe('when its filter is not one of ours', () => {
    it.each([
      ['unconfined', ['seccomp=unconfined'], 'unconfined'],
      ['another', [`seccomp=${JSON.stringify({ ...PROFILE, defaultAction: 'SCMP_ACT_ALLOW' })}`], 'unknown'],
      ["the engine's", [], 'default'],
      ['unconfined at last', [OURS, 'seccomp=unconfined'], 'unknown'],
      ['unconfined at first', ['seccomp=unconfined', OURS], 'unknown'],
      ['unconfined with a colon', [OURS, 'seccomp:unconfined'], 'unknown'],
      ['ours without AppArmor', [OURS, 'apparmor=unconfined'], 'unknown'],
      ['ours without SELinux', [OURS, 'label=disable'], 'unknown'],
    ])('says so: %s', (_what, SecurityOpt, name) => {
      const container = { ...INSPECTED, HostConfig: { ...INSPECTED.HostConfig, SecurityOpt } };
      expect(inspectFacts(container, profiles).seccomp).toBe(name);
    });
  });

  it.each(['MaskedPaths', 'ReadonlyPaths'])('trusts no filter while paths of the kernel are open: no %s', (paths) => {
    const HostConfig = { ...INSPECTED.HostConfig, [paths]: [] };
    expect(inspectFacts({ ...INSPECTED, HostConfig }, profiles).seccomp).toBe('unknown');
  });

  it.each([
    [true, ['no-new-privileges']],
    [true, [OURS, 'no-new-privileges=true']],
    [false, []],
    [false, ['no-new-privileges:true', 'no-new-privileges:false']],
    [false, ['no-new-privileges', OURS, 'no-new-privileges=false']],
  ])('says %s of no new privileges, since the engine obeys the last: %j', (expected, SecurityOpt) => {
    const HostConfig = { ...INSPECTED.HostConfig, SecurityOpt };
    expect(inspectFacts({ ...INSPECTED, HostConfig }, profiles).noNewPrivileges).toBe(expected);
  });

  it.each(['mode=1777', 'size=16m,size=64g', 'size=16m,nr_blocks=16777216', 'nr_blocks=16777216'])(
    'sees no bound of a tmpfs in %s',
    (options) => {
      const HostConfig = { ...INSPECTED.HostConfig, Tmpfs: { '/tmp': options } };
      expect(inspectFacts({ ...INSPECTED, HostConfig }, profiles).tmpfs).toEqual([{ path: '/tmp', sizeBytes: 0n }]);
    },
  );

  it('is the same for a tmpfs that is declared among the volumes', () => {
    const volumes = [...WRITTEN.volumes, { type: 'tmpfs', target: '/cache', tmpfs: { size: '8m', mode: 0o700 } }];
    const written = composeFacts('example', parseComposeService('example', { ...WRITTEN, volumes }), { folder: '/', profiles });
    const mount = { Type: 'tmpfs', Target: '/cache', TmpfsOptions: { SizeBytes: 8_388_608, Mode: 0o700 } };
    const HostConfig = { ...INSPECTED.HostConfig, Mounts: [{ Type: 'volume', Source: 'p_data', Target: '/data' }, mount] };
    const Mounts = [...INSPECTED.Mounts, { Type: 'tmpfs', Source: '', RW: true }];
    expect(written.tmpfs).toContainEqual({ path: '/cache', sizeBytes: 8_388_608n });
    expect(inspectFacts({ ...INSPECTED, HostConfig, Mounts }, profiles)).toEqual({ ...written, seccomp: 'example' });
  });

  it.each([
    [undefined, 0n],
    [null, 0n],
    [{ Mode: 0o1777 }, 0n],
    [{ SizeBytes: 8_388_608, Options: null }, 8_388_608n],
    [{ SizeBytes: 8_388_608, Options: [['noexec']] }, 8_388_608n],
    [{ SizeBytes: 8_388_608, Options: [['size', '64g']] }, 0n],
    [{ SizeBytes: 8_388_608, Options: [['nr_blocks', '16777216']] }, 0n],
    [{ Options: [['size', '8m']] }, 8_388_608n],
  ])('sees what bounds a tmpfs among the volumes: %j', (TmpfsOptions, sizeBytes) => {
    const HostConfig = { ...INSPECTED.HostConfig, Tmpfs: null, Mounts: [{ Type: 'tmpfs', Target: '/tmp', TmpfsOptions }] };
    expect(inspectFacts({ ...INSPECTED, HostConfig }, profiles).tmpfs).toEqual([{ path: '/tmp', sizeBytes }]);
  });

  it('shows namespaces of the host and of other containers', () => {
    const HostConfig = {
      ...INSPECTED.HostConfig,
      NetworkMode: 'host',
      PidMode: 'container:ab',
      IpcMode: 'shareable',
      UTSMode: 'host',
      CgroupnsMode: 'host',
    };
    expect(inspectFacts({ ...INSPECTED, HostConfig }, profiles).sharedNamespaces).toEqual(['network', 'pid', 'ipc', 'uts', 'cgroup']);
  });
});
