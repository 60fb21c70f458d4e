import { randomBytes } from 'node:crypto';
import { readFile, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { serviceCardSchema } from '@seaworthy/policy';
import { buildServiceImage } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

const CARD = serviceCardSchema.parse({
  name: 'greeter',
  tier: 'public',
  owner: 'shop',
  description: 'Says ahoy.',
  parent: 'node',
  ports: [8080],
  extraFiles: [{ from: 'infra/words', to: '/app/words' }],
});

async function parentLayout(seed = 'parent'): Promise<OciLayout> {
  const layout = await OciLayout.create(await temporaryDir());
  const tar = Buffer.from(seed.padEnd(512, '\0'));
  const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
  const config = await layout.writeJson(
    { architecture: 'amd64', os: 'linux', config: { Env: ['PATH=/usr/bin'] }, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } },
    MEDIA_TYPES.imageConfig,
  );
  const manifest = await layout.writeJson(
    { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] },
    MEDIA_TYPES.imageManifest,
  );
  await layout.setRef('node', manifest);
  return layout;
}

async function build({ main = 'console.log(1);', words = 'ahoy', parent }: { main?: string; words?: string; parent?: OciLayout } = {}) {
  const sourceDir = await temporaryDir({
    'infra/words/list.txt': words,
    'bundle/main.js': main,
    'bundle/main.js.map': randomBytes(4).toString('hex'),
  });
  const clock = new Date(Date.now() - Math.floor(Math.random() * 1e9));
  await utimes(join(sourceDir, 'bundle/main.js'), clock, clock);
  return buildServiceImage({
    bundleDir: join(sourceDir, 'bundle'),
    card: CARD,
    sourceDir,
    parent: parent ?? (await parentLayout()),
    outDir: await temporaryDir(),
  });
}

describe('buildServiceImage', () => {
  describe('when bundle, card and parent are the same', () => {
    it('gives the same digest at another path and clock', async () => {
      expect((await build()).manifestDigest).toBe((await build()).manifestDigest);
    });
  });

  describe.each([
    ['the bundle', { main: 'console.log(2);' }],
    ['an extra file', { words: 'avast' }],
  ])('when %s differs', (_what, change) => {
    it('gives another digest', async () => {
      expect((await build(change)).manifestDigest).not.toBe((await build()).manifestDigest);
    });
  });

  describe('when it is built', () => {
    it('adds one layer with the bundle and the extra files, without source map', async () => {
      const { layoutDir, layer } = await build();
      const tar = gunzipSync(await (await OciLayout.open(layoutDir)).readBlob(layer.digest)).toString('latin1');
      for (const path of ['app/main.js', 'app/service.js', 'app/service.js.bytecode', 'app/package.json', 'app/words/list.txt'])
        expect(tar).toContain(path);
      expect(tar).not.toContain('main.js.map');
    });
    it('runs the bundle as 65532 and names its tier, its parent and no commit', async () => {
      const parent = await parentLayout();
      const { layoutDir } = await build({ parent });
      const layout = await OciLayout.open(layoutDir);
      const { json: config } = await layout.config();
      expect(config.config).toMatchObject({
        User: '65532:65532',
        WorkingDir: '/app',
        Entrypoint: ['/usr/bin/node', '/app/main.js'],
        Env: ['PATH=/usr/bin'],
        ExposedPorts: { '8080/tcp': {} },
        Labels: { 'dev.seaworthy.tier': 'public', 'org.opencontainers.image.title': 'greeter' },
      });
      const { json: manifest } = await layout.manifest();
      expect(manifest.annotations?.['org.opencontainers.image.base.digest']).toBe((await parent.manifest()).descriptor.digest);
      expect(config.rootfs.diff_ids).toHaveLength(2);
    });
  });

  describe("when the parent's layers are absent", () => {
    it('gives the same digest', async () => {
      const parent = await parentLayout();
      for (const { digest } of (await parent.manifest()).json.layers) await rm(parent.blobPath(digest));
      expect((await build({ parent })).manifestDigest).toBe((await build()).manifestDigest);
    });
  });

  describe('when the card ships a file that is not there', () => {
    it('refuses with FILE_MISSING', async () => {
      const sourceDir = await temporaryDir({ 'bundle/main.js': '1' });
      const building = buildServiceImage({
        bundleDir: join(sourceDir, 'bundle'),
        card: CARD,
        sourceDir,
        parent: await parentLayout(),
        outDir: await temporaryDir(),
      });
      await expect(building).rejects.toMatchObject({ code: 'FILE_MISSING' });
    });
  });

  it('keeps the layer of the parent beside its own', async () => {
    const parent = await parentLayout();
    const layout = await OciLayout.open((await build({ parent })).layoutDir);
    for (const { digest } of (await layout.manifest()).json.layers)
      expect((await readFile(layout.blobPath(digest))).length).toBeGreaterThan(0);
  });
});
