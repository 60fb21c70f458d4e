import { describe, expect, it } from '@jest/globals';
import type { ImageConfig } from '@seaworthy/oci';
import type Docker from 'dockerode';
import { presentImage } from '../../src/engine/images.ts';

const ID = `sha256:${'1'.repeat(64)}`;
const [FIRST, SECOND] = [`sha256:${'a'.repeat(64)}`, `sha256:${'b'.repeat(64)}`] as const;
const verified: ImageConfig = {
  architecture: 'amd64',
  os: 'linux',
  config: {
    User: '65532:65532',
    Env: ['PATH=/usr/bin', 'NODE_ENV=production'],
    Entrypoint: ['/usr/bin/node', '/app/main.js'],
    WorkingDir: '/app',
    Labels: { 'dev.seaworthy.tier': 'public', 'org.opencontainers.image.title': 'catalog' },
    StopSignal: 'SIGTERM',
    ExposedPorts: { '8443/tcp': {} },
  },
  rootfs: { type: 'layers', diff_ids: [FIRST, SECOND] },
};
/** As an engine tells it, which names some of what the image does not set. */
const told = {
  Hostname: '',
  AttachStdin: false,
  Tty: false,
  Cmd: null,
  Image: '',
  Volumes: null,
  OnBuild: [],
  ...verified.config,
  Labels: { 'org.opencontainers.image.title': 'catalog', 'dev.seaworthy.tier': 'public' },
};

/** An engine whose image has another configuration or other layers under the id that it was asked for. */
const engineWith = (config: object = {}, image: object = {}) =>
  ({
    getImage: () => ({
      inspect: async () => ({
        Id: ID,
        Os: 'linux',
        Architecture: 'amd64',
        RootFS: { Type: 'layers', Layers: [FIRST, SECOND] },
        Config: { ...told, ...config },
        ...image,
      }),
    }),
  }) as unknown as Docker;

describe('an image that the engine has', () => {
  it('is the verified one, whatever an engine says of what is not set', async () => {
    expect(await presentImage(engineWith(), ID, verified)).toEqual({ id: ID });
    expect(await presentImage(engineWith({ Cmd: [], WorkingDir: '' }), ID, { ...verified, config: without('WorkingDir') })).toEqual({
      id: ID,
    });
  });

  it.each([
    ['User', { User: '0:0' }],
    ['User', { User: '' }],
    ['Entrypoint', { Entrypoint: ['/usr/bin/node', '--inspect', '/app/main.js'] }],
    ['Cmd', { Cmd: ['--require', '/tmp/x.js'] }],
    ['Env', { Env: ['PATH=/usr/bin', 'NODE_ENV=production', 'NODE_OPTIONS=--inspect'] }],
    ['Env', { Env: ['NODE_ENV=production', 'PATH=/usr/bin'] }],
    ['WorkingDir', { WorkingDir: '/tmp' }],
    ['Labels', { Labels: { ...told.Labels, 'dev.seaworthy.tier': 'restricted' } }],
    ['StopSignal', { StopSignal: 'SIGKILL' }],
    ['Volumes', { Volumes: { '/app': {} } }],
    ['ExposedPorts', { ExposedPorts: { '8443/tcp': {}, '9229/tcp': {} } }],
    ['Healthcheck', { Healthcheck: { Test: ['CMD-SHELL', 'id'] } }],
  ])('is refused when its %s is another: %j', async (field, config) => {
    await expect(presentImage(engineWith(config), ID, verified)).rejects.toMatchObject({
      code: 'VERIFICATION_FAILED',
      found: expect.stringMatching(new RegExp(`^${field}: [^;]*$`)),
    });
  });

  it.each([
    ['layers', { RootFS: { Type: 'layers', Layers: [FIRST] } }],
    ['layers', { RootFS: { Type: 'layers', Layers: [SECOND, FIRST] } }],
    ['architecture', { Architecture: 'arm64' }],
    ['os', { Os: 'windows' }],
  ])('is refused when its %s are others: %j', async (what, image) => {
    await expect(presentImage(engineWith({}, image), ID, verified)).rejects.toMatchObject({
      code: 'VERIFICATION_FAILED',
      found: expect.stringMatching(new RegExp(`^${what}: [^;]*$`)),
    });
  });

  it('is none when the engine has none', async () => {
    const empty = { getImage: () => ({ inspect: async () => Promise.reject(new Error('no such image')) }) } as unknown as Docker;
    expect(await presentImage(empty, ID, verified)).toBeUndefined();
  });
});

function without(setting: keyof NonNullable<ImageConfig['config']>): NonNullable<ImageConfig['config']> {
  return Object.fromEntries(Object.entries(verified.config ?? {}).filter(([name]) => name !== setting));
}
