import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { text } from 'node:stream/consumers';
import { LIMITS } from '../src/rules/limits.ts';
import { FilterFixture, goodContainer, goodVolume, OWN_LABELS } from './filter.fixture.ts';

let filter: FilterFixture;
beforeAll(async () => {
  filter = await FilterFixture.start();
});
beforeEach(() => {
  filter.seen.length = 0;
  filter.audit.length = 0;
});
afterAll(() => filter.stop());

const CREATE = '/containers/create?name=demo.pipeline.job';

async function expectRefused(rule: string, answer: Promise<{ status: number; message: string }>): Promise<void> {
  const { status, message } = await answer;
  expect({ status, rule: /\((\w+)\)/.exec(message)?.[1] }).toEqual({ status: 403, rule });
  expect(filter.changes).toEqual([]);
  expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', client: 'pipeline', rule }));
}

const withHost = (change: Record<string, unknown>): unknown => ({
  ...goodContainer(),
  HostConfig: { ...goodContainer().HostConfig, ...change },
});
const withMount = (change: Record<string, unknown>): unknown =>
  withHost({ Mounts: [{ Type: 'volume', Source: 'demo.pipeline.own', Target: '/out', ...change }] });
const changed = (change: Record<string, unknown>): unknown => ({ ...goodContainer(), ...change });

describe('engine filter › what is allowed', () => {
  it('passes a hardened container on, written anew', async () => {
    expect((await filter.ask('POST', CREATE, goodContainer())).status).toBe(201);
    expect(filter.changes).toEqual([{ method: 'POST', url: CREATE, body: goodContainer() }]);
  });
  it('takes any version prefix and asks the engine without one', async () => {
    expect((await filter.ask('POST', `/v1.41${CREATE}`, goodContainer())).status).toBe(201);
    expect(filter.changes[0]?.url).toBe(CREATE);
  });
  it('passes a memory volume with a size on', async () => {
    expect((await filter.ask('POST', '/volumes/create', goodVolume())).status).toBe(201);
  });
  it('asks the engine for a container by its full id, and drops the client’s body', async () => {
    expect((await filter.ask('POST', '/containers/own/start', '{}')).status).toBe(201);
    expect(filter.changes).toEqual([{ method: 'POST', url: `/containers/${'f'.repeat(64)}/start`, body: undefined }]);
  });
  it('lists only what is the client’s own, whatever it asks for', async () => {
    await filter.ask('GET', '/containers/json?filters=%7B%7D');
    const { searchParams } = new URL(filter.seen[0]?.url ?? '', 'http://engine');
    expect(JSON.parse(searchParams.get('filters') ?? '')).toEqual({
      label: Object.entries(OWN_LABELS).map(([key, value]) => `${key}=${value}`),
      name: ['^/?demo[.]pipeline[.]'],
    });
  });
  it('counts nothing else against what a client may hold', async () => {
    await filter.ask('POST', CREATE, goodContainer());
    const asked = filter.seen.map(({ url }) => new URL(url, 'http://engine')).find(({ pathname }) => pathname === '/containers/json');
    expect(JSON.parse(asked?.searchParams.get('filters') ?? '')).toMatchObject({ name: ['^/?demo[.]pipeline[.]'] });
  });
});

describe('engine filter › POST /containers/create', () => {
  it.each<[string, unknown]>([
    ['privileged', withHost({ Privileged: true })],
    ['privileged, even when false', withHost({ Privileged: false })],
    ['a bind', withHost({ Binds: ['/:/host'] })],
    ['a bind as a mount', withMount({ Type: 'bind', Source: '/var/run/docker.sock' })],
    ['the engine’s socket as a mount source', withMount({ Source: '/var/run/docker.sock' })],
    [
      'a mount with driver options',
      withMount({ VolumeOptions: { DriverConfig: { Name: 'local', Options: { type: 'none', o: 'bind', device: '/' } } } }),
    ],
    ['a mount over /proc', withMount({ Target: '/proc/sys' })],
    ['a mount with dot segments', withMount({ Target: '/out/../proc' })],
    ['volumes from another container', withHost({ VolumesFrom: ['registry'] })],
    ['the host’s processes', withHost({ PidMode: 'host' })],
    ['the host’s IPC', withHost({ IpcMode: 'host' })],
    ['another container’s IPC', withHost({ IpcMode: 'container:registry' })],
    ['the host’s UTS namespace', withHost({ UTSMode: 'host' })],
    ['the host’s user namespace', withHost({ UsernsMode: 'host' })],
    ['the host’s cgroups', withHost({ CgroupnsMode: 'host' })],
    ['a cgroup parent', withHost({ CgroupParent: '/' })],
    ['a device', withHost({ Devices: [{ PathOnHost: '/dev/sda', PathInContainer: '/dev/sda', CgroupPermissions: 'rwm' }] })],
    ['device rules', withHost({ DeviceCgroupRules: ['a *:* rwm'] })],
    ['device requests', withHost({ DeviceRequests: [] })],
    ['an added capability', withHost({ CapAdd: ['SYS_ADMIN'] })],
    ['capabilities kept', withHost({ CapDrop: ['NET_RAW'] })],
    ['no dropped capabilities', withHost({ CapDrop: undefined })],
    ['new privileges', withHost({ SecurityOpt: [] })],
    ['seccomp off', withHost({ SecurityOpt: ['no-new-privileges', 'seccomp=unconfined'] })],
    ['seccomp off in place of no-new-privileges', withHost({ SecurityOpt: ['seccomp:unconfined'] })],
    ['AppArmor off', withHost({ SecurityOpt: ['no-new-privileges', 'apparmor=unconfined'] })],
    ['masked paths opened', withHost({ MaskedPaths: [] })],
    ['read-only paths opened', withHost({ ReadonlyPaths: [] })],
    ['a writable root', withHost({ ReadonlyRootfs: false })],
    ['no memory limit', withHost({ Memory: 0, MemorySwap: 0 })],
    ['too much memory', withHost({ Memory: 2 ** 40, MemorySwap: 2 ** 40 })],
    ['swap', withHost({ MemorySwap: -1 })],
    ['no process limit', withHost({ PidsLimit: -1 })],
    ['no CPU limit', withHost({ NanoCpus: 0 })],
    ['the OOM killer off', withHost({ OomKillDisable: true })],
    ['sysctls', withHost({ Sysctls: { 'kernel.core_pattern': 'x' } })],
    ['another runtime', withHost({ Runtime: 'nvidia' })],
    ['published ports', withHost({ PortBindings: { '80/tcp': [{ HostPort: '80' }] } })],
    ['a restart policy', withHost({ RestartPolicy: { Name: 'always' } })],
    ['a remote log driver', withHost({ LogConfig: { Type: 'syslog', Config: {} } })],
    ['links', withHost({ Links: ['registry'] })],
    ['extra hosts', withHost({ ExtraHosts: ['x:host-gateway'] })],
    ['an unlimited tmpfs', withHost({ Tmpfs: { '/tmp': 'rw,nosuid,nodev' } })],
    ['a tmpfs with devices', withHost({ Tmpfs: { '/tmp': 'rw,nosuid,dev,size=1m' } })],
    ['a tmpfs with two sizes', withHost({ Tmpfs: { '/tmp': 'nosuid,nodev,size=1m,size=900g' } })],
    ['a network and a live name server', withHost({ NetworkMode: 'demo_egress', Dns: ['1.1.1.1'] })],
    ['a network and the engine’s resolver', withHost({ NetworkMode: 'demo_egress' })],
    ['root', changed({ User: '0:0' })],
    ['no user', changed({ User: undefined })],
    ['anonymous volumes', changed({ Volumes: { '/x': {} } })],
    ['networks by endpoint', changed({ NetworkingConfig: { EndpointsConfig: { demo_data: {} } } })],
    ['a terminal', changed({ Tty: true })],
    ['open stdin', changed({ OpenStdin: true })],
    ['a health check', changed({ Healthcheck: { Test: ['CMD', 'x'] } })],
    ['a label of compose', changed({ Labels: { ...OWN_LABELS, 'com.docker.compose.project': 'demo' } })],
    ['HostConfig in another case', changed({ HostConfig: undefined, hostconfig: { Privileged: true } })],
    ['Privileged in another case', withHost({ pRIVILEGED: true })],
    ['HostConfig with a long s', changed({ HostConfig: undefined, HoſtConfig: { Privileged: true } })],
    ['no HostConfig', changed({ HostConfig: undefined })],
    ['an array', [goodContainer()]],
  ])('refuses %s', (_what, body) => expectRefused('SCHEMA', filter.ask('POST', CREATE, body)));

  it.each<[string, string, unknown]>([
    ['the host’s network', 'NETWORK', withHost({ NetworkMode: 'host', Dns: ['127.0.0.1'] })],
    ['another container’s network', 'NETWORK', withHost({ NetworkMode: 'container:registry', Dns: ['127.0.0.1'] })],
    ['the default bridge', 'NETWORK', withHost({ NetworkMode: 'bridge', Dns: ['127.0.0.1'] })],
    ['a network of others', 'NETWORK', withHost({ NetworkMode: 'demo_data', Dns: ['127.0.0.1'] })],
    ['an image by name', 'IMAGE', changed({ Image: 'alpine:latest' })],
    ['an image that is not listed', 'IMAGE', changed({ Image: `sha256:${'b'.repeat(64)}` })],
    ['no own label', 'OWNERSHIP', changed({ Labels: {} })],
    ['another client’s label', 'OWNERSHIP', changed({ Labels: { ...OWN_LABELS, 'dev.seaworthy.engine-client': 'fleet' } })],
    ['another project’s label', 'OWNERSHIP', changed({ Labels: { ...OWN_LABELS, 'dev.seaworthy.project': 'other' } })],
    ['a volume of others', 'VOLUME', withMount({ Source: 'demo_keys' })],
    ['a volume that does not exist', 'VOLUME', withMount({ Source: 'demo.pipeline.missing' })],
  ])('refuses %s', (_what, rule, body) => expectRefused(rule, filter.ask('POST', CREATE, body)));

  it('refuses a name outside its own', () =>
    expectRefused('OWNERSHIP', filter.ask('POST', '/containers/create?name=demo-registry-1', goodContainer())));
  it('refuses no name', () => expectRefused('OWNERSHIP', filter.ask('POST', '/containers/create', goodContainer())));
  it('refuses a name given twice', () => expectRefused('QUERY', filter.ask('POST', `${CREATE}&name=x`, goodContainer())));
  it('refuses an unknown parameter', () => expectRefused('QUERY', filter.ask('POST', `${CREATE}&platform=linux`, goodContainer())));
});

describe('engine filter › bodies that two readers could understand differently', () => {
  const good = JSON.stringify(goodContainer());
  const doubled = good.replace('"ReadonlyRootfs":true', '"ReadonlyRootfs":true,"ReadonlyRootfs":false');
  it.each<[string, string, string, Record<string, string>]>([
    ['a key twice', 'BODY', doubled, {}],
    ['a key twice, once escaped', 'BODY', good.replace('"ReadonlyRootfs":true', '"ReadonlyRootfs":true,"\\u0052eadonlyRootfs":false'), {}],
    ['a key twice, in two cases', 'BODY', good.replace('"ReadonlyRootfs":true', '"ReadonlyRootfs":true,"readonlyrootfs":false'), {}],
    ['a __proto__', 'BODY', good.replace('{', '{"__proto__":{"a":1},'), {}],
    ['two documents', 'BODY', `${good}${good}`, {}],
    ['no JSON', 'BODY', 'Privileged=true', {}],
    ['a comment', 'BODY', `/* */${good}`, {}],
    ['a byte order mark', 'BODY', `\uFEFF${good}`, {}],
    ['a large body', 'BODY', JSON.stringify({ ...goodContainer(), Cmd: ['x'.repeat(300_000)] }), {}],
    ['another content type', 'ENCODING', good, { 'content-type': 'text/plain' }],
    ['another charset', 'ENCODING', good, { 'content-type': 'application/json; charset=utf-16' }],
    ['a compressed body', 'ENCODING', good, { 'content-encoding': 'gzip' }],
  ])('refuses %s', (_what, rule, body, headers) => expectRefused(rule, filter.ask('POST', CREATE, body, headers)));

  it('refuses bytes that are not UTF-8', async () => {
    const answer = await filter.askRaw(
      `POST ${CREATE} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\n"\x80\r\n0\r\n\r\n`,
    );
    expect(answer).toMatch(/403|400/);
    expect(filter.changes).toEqual([]);
  });
});

describe('engine filter › POST /volumes/create', () => {
  it.each<[string, unknown]>([
    ['a bind in disguise', { ...goodVolume(), DriverOpts: { type: 'none', o: 'bind', device: '/' } }],
    ['a bind beside tmpfs', { ...goodVolume(), DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'nosuid,nodev,size=1m,bind' } }],
    ['a device', { ...goodVolume(), DriverOpts: { type: 'ext4', device: '/dev/sda1', o: 'nosuid,nodev,size=1m' } }],
    ['a network file system', { ...goodVolume(), DriverOpts: { type: 'nfs', device: ':/', o: 'addr=10.0.0.1' } }],
    ['no size', { ...goodVolume(), DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'nosuid,nodev' } }],
    ['too large a size', { ...goodVolume(), DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'nosuid,nodev,size=900g' } }],
    ['setuid', { ...goodVolume(), DriverOpts: { type: 'tmpfs', device: 'tmpfs', o: 'suid,nodev,size=1m' } }],
    ['no options: the host’s disk', { ...goodVolume(), DriverOpts: undefined }],
    ['another driver', { ...goodVolume(), Driver: 'plugin' }],
    ['no name', { ...goodVolume(), Name: undefined }],
    ['an unknown field', { ...goodVolume(), ClusterVolumeSpec: {} }],
  ])('refuses %s', (_what, body) => expectRefused('SCHEMA', filter.ask('POST', '/volumes/create', body)));

  it('refuses a name of others', () =>
    expectRefused('OWNERSHIP', filter.ask('POST', '/volumes/create', { ...goodVolume(), Name: 'demo_keys' })));
  it('refuses no own label', () => expectRefused('OWNERSHIP', filter.ask('POST', '/volumes/create', { ...goodVolume(), Labels: {} })));
});

describe('engine filter › what does not exist for a client', () => {
  it.each([
    ['POST', '/containers/own/exec'],
    ['POST', '/exec/abc/start'],
    ['POST', '/containers/own/attach?stream=1'],
    ['GET', '/containers/own/attach/ws'],
    ['POST', '/containers/own/update'],
    ['POST', '/containers/own/rename?name=x'],
    ['POST', '/containers/own/restart'],
    ['GET', '/containers/own/export'],
    ['POST', '/containers/prune'],
    ['POST', '/commit?container=own'],
    ['POST', '/build'],
    ['POST', '/build/prune'],
    ['POST', '/images/create?fromImage=alpine'],
    ['POST', '/images/load'],
    ['GET', '/images/json'],
    ['POST', '/images/x/push'],
    ['DELETE', '/images/x'],
    ['GET', '/images/get?names=x'],
    ['POST', '/networks/demo_data/connect'],
    ['POST', '/volumes/prune'],
    ['POST', '/swarm/init'],
    ['GET', '/swarm'],
    ['GET', '/secrets'],
    ['POST', '/services/create'],
    ['GET', '/plugins'],
    ['POST', '/plugins/pull?remote=x'],
    ['POST', '/session'],
    ['GET', '/events'],
    ['GET', '/info'],
    ['GET', '/system/df'],
    ['POST', '/auth'],
    ['PUT', '/_ping'],
    ['POST', '/Containers/create?name=demo.pipeline.job'],
  ])('refuses %s %s', (method, path) => expectRefused('ROUTE', filter.ask(method, path, method === 'POST' ? {} : undefined)));

  it.each([
    ['an upgrade', '/containers/own/json', { connection: 'Upgrade', upgrade: 'tcp' }],
    ['a hijack of the session', '/_ping', { connection: 'Upgrade', upgrade: 'h2c' }],
  ])('refuses %s', (_what, path, headers) => expectRefused('ROUTE', filter.ask('GET', path, undefined, headers)));
});

describe('engine filter › paths that hide what they mean', () => {
  it.each([
    ['an escape', '/containers/own%2fjson'],
    ['an escaped letter', '/%63ontainers/own/start'],
    ['traversal', '/containers/../volumes/demo_keys'],
    ['traversal in an id', '/containers/../registry/json'],
    ['an empty segment', '//containers/own/start'],
    ['a trailing slash', '/containers/own/start/'],
    ['a whole address', 'http://engine/containers/own/start'],
    ['a version without an end', '/v1.41'.concat('/')],
  ])('refuses %s', (_what, path) => expectRefused('ENCODING', filter.ask('POST', path)));

  it.each([
    ['path traversal in an archive', '/containers/own/archive?path=/out/../etc'],
    ['escaped traversal in an archive', '/containers/own/archive?path=%2Fout%2F..%2Fetc'],
    ['a relative archive path', '/containers/own/archive?path=out'],
    ['an odd parameter', '/containers/own/archive?path=/out&copyUIDGID=1'],
  ])('refuses %s', (_what, path) => expectRefused('QUERY', filter.ask('GET', path)));

  it('refuses an archive outside the mounts', () => expectRefused('OWNERSHIP', filter.ask('GET', '/containers/own/archive?path=/etc')));
  it('refuses an archive beside a mount', () => expectRefused('OWNERSHIP', filter.ask('GET', '/containers/own/archive?path=/outside')));
  it('refuses an image that is not listed', () => expectRefused('IMAGE', filter.ask('GET', `/images/sha256:${'b'.repeat(64)}/json`)));
});

describe('engine filter › things of others', () => {
  it.each([
    ['GET', '/containers/registry/json'],
    ['GET', '/containers/registry/logs?stdout=1'],
    ['GET', '/containers/registry/archive?path=/out'],
    ['PUT', '/containers/registry/archive?path=/out'],
    ['POST', '/containers/registry/start'],
    ['POST', '/containers/registry/kill'],
    ['DELETE', '/containers/registry?force=1'],
    ['GET', '/containers/missing/json'],
    ['GET', '/containers/labelled/json'],
    ['GET', '/containers/labelled/archive?path=/out'],
    ['DELETE', '/containers/labelled?force=1'],
    ['GET', '/volumes/demo_keys'],
    ['DELETE', '/volumes/demo_keys'],
  ])('does not say whether it exists: %s %s', async (method, path) => {
    const { status, message } = await filter.ask(method, path);
    expect({ status, said: message.includes('No such') }).toEqual({ status: 404, said: true });
    expect(filter.changes).toEqual([]);
    expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', rule: 'OWNERSHIP' }));
  });
});

describe('engine filter › requests inside requests', () => {
  const hidden = 'POST /containers/registry/start HTTP/1.1\r\nHost: x\r\n\r\n';
  it.each([
    [
      'a length and chunks together',
      `POST /containers/own/start HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    ],
    [
      'two lengths',
      `POST /containers/own/start HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    ],
    ['chunked in disguise', `POST /containers/own/start HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`],
    ['a bare line feed', `POST /containers/own/start HTTP/1.1\nHost: x\nX: y\n\n${hidden}`],
    [
      'a chunk with a hidden end',
      `POST /containers/own/start HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0;a=\n\r\n\r\n${hidden}`,
    ],
  ])('refuses %s', async (_what, bytes) => {
    const answer = await filter.askRaw(bytes);
    expect(answer).toMatch(/^HTTP\/1.1 4(?:00|03)/);
    expect(filter.changes.filter(({ url }) => url.includes('e'.repeat(64)) || url.includes('registry'))).toEqual([]);
  });
  it('keeps what follows a refused body from being read as a request', async () => {
    const answer = await filter.askRaw(`POST /build HTTP/1.1\r\nHost: x\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});

describe('engine filter › what it would have to hold', () => {
  it.each(['GET /_ping', 'POST /containers/own/start', 'GET /containers/json'])(
    'waits for no body where there is none: %s',
    async (asked) => {
      const socket = await filter.connect();
      // the rest of it never comes
      socket.write(`${asked} HTTP/1.1\r\nHost: x\r\nContent-Length: ${LIMITS.bodyBytes}\r\n\r\n${' '.repeat(LIMITS.noBodyBytes + 1)}`);
      // what comes after it is answered after it
      for (let others = 0; others < 5; others += 1) await filter.ask('GET', '/version');
      socket.destroy();
      const [method, url] = asked.split(' ');
      expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', rule: 'BODY', method, url }));
      expect(filter.changes).toEqual([]);
    },
  );
  it('takes so many connections at once, and others when these have gone', async () => {
    const held = await Promise.all(Array.from({ length: LIMITS.connections }, async () => filter.connect()));
    const beyond = await filter.connect();
    beyond.write('GET /_ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    expect(await text(beyond).catch(() => '')).toBe('');
    expect(filter.audit).toContainEqual(expect.objectContaining({ event: 'refused', client: 'pipeline', rule: 'QUOTA' }));
    for (const socket of held) socket.destroy();
    // the filter learns of it a moment later
    const answered = async (): Promise<number> => filter.ask('GET', '/_ping').then(({ status }) => status, answered);
    expect(await answered()).toBe(404);
  });
});
