import { describe, expect, it } from '@jest/globals';
import type { DeployedRevision } from '@seaworthy/contracts';
import type { InspectedContainer } from '../src/drive/compose/container.schema.ts';
import { driftFrom, writtenPath } from '../src/drive/compose/drift.ts';

const IMAGE = `sha256:${'a'.repeat(64)}`;
const REVISION: DeployedRevision = {
  id: 'a'.repeat(16),
  container: {
    Image: IMAGE,
    User: '65532:65532',
    Env: ['PORT=8443', 'NODE_ENV=production'],
    WorkingDir: '/app',
    Entrypoint: ['/usr/bin/node', '/app/main.js'],
    Labels: { 'dev.seaworthy.project': 'demo' },
    HostConfig: {
      NetworkMode: 'demo_a',
      ReadonlyRootfs: true,
      CapDrop: ['ALL'],
      Memory: 268_435_456,
      Mounts: [{ Type: 'volume', Source: 's', Target: '/t', VolumeOptions: {} }],
    },
  },
  networks: [
    { name: 'demo_a', aliases: ['catalog'] },
    { name: 'demo_b', aliases: ['catalog'] },
  ],
};
/** As the engine tells of it: with what it adds by itself. */
const asDeployed = (): InspectedContainer => ({
  Id: 'x',
  Name: 'demo-catalog-1',
  Image: IMAGE,
  Created: '2026-01-01T00:00:00Z',
  RestartCount: 0,
  ExecIDs: null,
  State: { Status: 'running', ExitCode: 0, StartedAt: '2026-01-01T00:00:00Z' },
  Config: {
    Image: IMAGE,
    User: '65532:65532',
    Env: ['NODE_ENV=production', 'PORT=8443'],
    WorkingDir: '/app',
    Entrypoint: ['/usr/bin/node', '/app/main.js'],
    Cmd: null,
    Tty: false,
    OpenStdin: false,
    Labels: { 'dev.seaworthy.project': 'demo', 'org.opencontainers.image.title': 'catalog' },
  },
  HostConfig: {
    ...REVISION.container.HostConfig,
    Privileged: false,
    Binds: null,
    PidMode: '',
    Devices: [],
    PortBindings: {},
    Runtime: 'runc',
  },
  NetworkSettings: { Networks: { demo_b: { IPAddress: '10.0.0.2' }, demo_a: { IPAddress: '10.0.0.1' } } },
});

describe('drift of a configuration', () => {
  it('finds none in a replica as deployed, whatever the engine adds', () => {
    expect(driftFrom(REVISION, asDeployed())).toBeUndefined();
  });
  it.each<[string, (found: InspectedContainer) => void]>([
    ['Image', (found) => (found.Image = `sha256:${'b'.repeat(64)}`)],
    ['User', (found) => (found.Config['User'] = '0:0')],
    ['Entrypoint', (found) => (found.Config['Entrypoint'] = ['/usr/bin/node', '--inspect', '/app/main.js'])],
    ['Cmd', (found) => (found.Config['Cmd'] = ['--inspect'])],
    ['Env', (found) => found.Config.Env?.push('NODE_OPTIONS=--inspect')],
    ['OpenStdin', (found) => (found.Config['OpenStdin'] = true)],
    ['ReadonlyRootfs', (found) => (found.HostConfig['ReadonlyRootfs'] = false)],
    ['CapDrop', (found) => (found.HostConfig['CapDrop'] = [])],
    ['Memory', (found) => (found.HostConfig['Memory'] = 1_073_741_824)],
    ['Mounts', (found) => (found.HostConfig['Mounts'] = [])],
    ['Privileged', (found) => (found.HostConfig['Privileged'] = true)],
    ['Binds', (found) => (found.HostConfig['Binds'] = ['/:/host'])],
    ['PidMode', (found) => (found.HostConfig['PidMode'] = 'host')],
    ['PortBindings', (found) => (found.HostConfig['PortBindings'] = { '8443/tcp': [{ HostPort: '1' }] })],
    ['networks', (found) => (found.NetworkSettings.Networks['demo_c'] = { IPAddress: '10.0.0.3' })],
    ['networks', (found) => delete found.NetworkSettings.Networks['demo_b']],
    ['label', (found) => delete found.Config.Labels?.['dev.seaworthy.project']],
  ])('finds another %s', (what, change) => {
    const found = asDeployed();
    change(found);
    expect(driftFrom(REVISION, found)).toContain(what);
  });
});

describe('drift of a file system', () => {
  const mounts = ['/run/seaworthy/secrets', '/run/seaworthy/trust'];
  const byEngine = ['/run', '/run/seaworthy', '/run/seaworthy/secrets', '/run/seaworthy/trust'];
  it('finds none in what the engine makes to mount volumes on', () => {
    expect(writtenPath(byEngine, mounts)).toBeUndefined();
  });
  it.each(['/run/intruder', '/run/seaworthy/intruder', '/run/seaworthy/secrets2', '/app/main.js', '/runner'])(
    'finds what somebody wrote: %s',
    (path) => {
      expect(writtenPath([...byEngine, path], mounts)).toBe(path);
    },
  );
});
