import { describe, expect, it } from '@jest/globals';
import { composeServiceSchema } from '../../src/deploy/fleet/compose-service.schema.ts';
import { renderRevision } from '../../src/deploy/fleet/render-revision.ts';
import type { Rendering } from '../../src/deploy/fleet/render-revision.ts';
import { IMAGE, SERVICE } from './service.fixture.ts';

const render = (change: object = {}, image: object = {}) =>
  renderRevision({
    project: 'demo',
    name: 'catalog',
    service: composeServiceSchema.parse({ ...SERVICE, ...change }),
    config: {
      networks: { 'edge-catalog': { name: 'demo_edge-catalog' }, 'catalog-postgres': { name: 'demo_catalog-postgres' } },
      volumes: { trust: { name: 'demo_trust' } },
    },
    image: {
      Config: { Env: ['NODE_ENV=production', 'PORT=1'], Entrypoint: ['/usr/bin/node', '/app/main.js'], WorkingDir: '/app', ...image },
    } as Rendering['image'],
    configHash: 'hash',
    workingDir: '/clone',
    readProfile: () => '{ "defaultAction": "SCMP_ACT_ERRNO" }',
  });

describe('a revision of a service', () => {
  it('is the container that compose would make', () => {
    const { container, networks } = render();
    expect(container).toMatchObject({
      Image: IMAGE,
      User: '65532:65532',
      Env: ['PORT=8443', 'NODE_ENV=production'],
      Entrypoint: ['/usr/bin/node', '/app/main.js'],
      StopTimeout: 10,
      HostConfig: {
        NetworkMode: 'demo_catalog-postgres',
        ReadonlyRootfs: true,
        SecurityOpt: ['no-new-privileges:true', 'seccomp={"defaultAction":"SCMP_ACT_ERRNO"}'],
        NanoCpus: 500_000_000,
        Memory: 268_435_456,
        Ulimits: [{ Name: 'nofile', Hard: 4096, Soft: 4096 }],
        Mounts: [{ Type: 'volume', Source: 'demo_trust', Target: '/run/seaworthy/trust', ReadOnly: true, VolumeOptions: {} }],
      },
    });
    expect(networks).toEqual([
      { name: 'demo_catalog-postgres', aliases: ['catalog', 'shop'] },
      { name: 'demo_edge-catalog', aliases: ['catalog'] },
    ]);
  });
  it('carries the labels by which compose knows its own, and its own id', () => {
    const { id, container } = render();
    expect(container.Labels).toMatchObject({
      'com.docker.compose.project': 'demo',
      'com.docker.compose.service': 'catalog',
      'com.docker.compose.oneoff': 'False',
      'com.docker.compose.config-hash': 'hash',
      'dev.seaworthy.project': 'demo',
      'dev.seaworthy.revision': id,
    });
  });
  it.each<[string, object, object]>([
    ['the image', { image: `sha256:${'b'.repeat(64)}` }, {}],
    ['a variable', { environment: { PORT: '8444' } }, {}],
    ['a label, such as the hash of the secrets', { labels: { 'dev.seaworthy.content': 'x' } }, {}],
    ['a network', { networks: { 'edge-catalog': null } }, {}],
    ['a limit', { pids_limit: 64 }, {}],
    ['what the image says', {}, { Env: ['NODE_ENV=test'] }],
  ])('has another id when %s is another', (_what, change, image) => {
    expect(render(change, image).id).not.toBe(render().id);
  });
  it('has the same id for the same', () => {
    expect(render().id).toBe(render().id);
  });
  it.each(['privileged', 'cap_add', 'group_add', 'ports', 'secrets', 'extra_hosts', 'healthcheck'])(
    'refuses a field that it would leave out: %s',
    (field) => {
      expect(() => render({ [field]: [] })).toThrow(field);
    },
  );
});
