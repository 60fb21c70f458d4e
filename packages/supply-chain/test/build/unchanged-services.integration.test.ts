import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { buildChangedService, hashCheckout } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

interface Folders {
  sourceDir: string;
  imagesDir: string;
  outDir: string;
}

async function writeParent(imagesDir: string, seed: string): Promise<void> {
  const layout = await OciLayout.create(join(imagesDir, 'node'));
  const tar = Buffer.from(seed.padEnd(512, '\0'));
  const layer = await layout.writeBlob(gzipSync(tar), { mediaType: MEDIA_TYPES.layerGzip });
  const config = await layout.writeJson(
    { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } },
    MEDIA_TYPES.imageConfig,
  );
  const manifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers: [layer] };
  await layout.setRef('node', await layout.writeJson(manifest, MEDIA_TYPES.imageManifest));
}

async function checkout(): Promise<Folders> {
  const sourceDir = await temporaryDir({
    'package.json': JSON.stringify({ name: 'trial', workspaces: ['apps/*', 'packages/*'] }),
    'tsconfig.json': '{}',
    'apps/greeter/package.json': JSON.stringify({ name: '@trial/greeter', type: 'module', dependencies: { '@trial/words': '1' } }),
    'apps/greeter/service.yaml':
      'name: greeter\ntier: public\nparent: node\ndescription: Says ahoy.\nowner: shop\nports: [8443]\nextraFiles: [{ from: docs/api.json, to: /app/api.json }, { from: apps/greeter/terms.md, to: /app/terms.md }, { from: packages/other/assets, to: /app/assets }]\n',
    'apps/greeter/src/main.ts': "import { GREETING } from '@trial/words';\nconsole.log(GREETING);",
    'packages/words/package.json': JSON.stringify({ name: '@trial/words', type: 'module', exports: './src/index.ts' }),
    'packages/words/src/index.ts': "export const GREETING: string = 'ahoy';",
    'docs/api.json': '{}',
    'apps/greeter/terms.md': 'Be kind.',
    'packages/other/assets/README.md': 'Words.',
    'packages/other/package.json': JSON.stringify({ name: '@trial/other', type: 'module' }),
    'packages/supply-chain/package.json': JSON.stringify({ name: '@trial/supply-chain', type: 'module' }),
  });
  const imagesDir = await temporaryDir();
  await writeParent(imagesDir, 'parent');
  return { sourceDir, imagesDir, outDir: await temporaryDir() };
}

const build = async (folders: Folders) => buildChangedService('greeter', folders, hashCheckout(folders.sourceDir));

/** Whether the second of two builds did anything: the folder of the bundle is written anew by a build, and by nothing else. */
async function isBuiltAgain(folders: Folders, change: () => Promise<unknown>): Promise<boolean> {
  const first = await build(folders);
  const { ino, mtimeNs } = await stat(first.bundle.mainFile, { bigint: true });
  await change();
  const second = await build(folders);
  const after = await stat(second.bundle.mainFile, { bigint: true });
  return after.ino !== ino || after.mtimeNs !== mtimeNs;
}

describe('buildChangedService', () => {
  it('answers the same image again when nothing has changed, without building it', async () => {
    const folders = await checkout();
    const first = await build(folders);
    expect(await isBuiltAgain(folders, async () => undefined)).toBe(false);
    expect(await build(folders)).toEqual(first);
  });
  describe('when what the service depends on has changed', () => {
    it.each([
      ['apps/greeter/src/main.ts', 'console.log(2);'],
      ['packages/words/src/index.ts', "export const GREETING = 'hello';"],
      ['packages/supply-chain/src/build.ts', 'export {};'],
      ['package-lock.json', '{"packages":{}}'],
      ['docs/api.json', '{"openapi":"3.1.0"}'],
      ['apps/greeter/terms.md', 'Be very kind.'],
      ['packages/other/assets/README.md', 'Other words.'],
      ['packages/other/assets/more/greetings.json', '[]'],
    ])('builds it again: %s', async (path, content) => {
      const folders = await checkout();
      await mkdir(dirname(join(folders.sourceDir, path)), { recursive: true });
      expect(await isBuiltAgain(folders, () => writeFile(join(folders.sourceDir, path), content))).toBe(true);
    });
    it('builds it again: the parent image', async () => {
      const folders = await checkout();
      expect(await isBuiltAgain(folders, () => writeParent(folders.imagesDir, 'another parent'))).toBe(true);
    });
  });
  it('bundles while the parent is still being built, and answers from its record only when it is there', async () => {
    const folders = { ...(await checkout()), imagesDir: await temporaryDir() };
    const hashes = hashCheckout(folders.sourceDir);
    const turns: string[] = [];
    const paced = (parents: Promise<unknown>) =>
      buildChangedService('greeter', folders, hashes, {
        parents,
        inTurn: async (work) => work().finally(() => turns.push('turn')),
        onBegin: (name) => turns.push(name),
      });
    const { promise: parents, resolve: areThere } = Promise.withResolvers<undefined>();
    const building = paced(parents);
    while (!turns.includes('turn')) await setImmediate();
    expect(turns).toEqual(['greeter', 'turn']);
    await writeParent(folders.imagesDir, 'parent');
    areThere(undefined);
    const built = await building;
    expect(built.parent.name).toBe('node');
    expect(turns).toEqual(['greeter', 'turn', 'turn']);
    expect(await paced(Promise.resolve())).toEqual(built);
    expect(turns).toHaveLength(3);
  });
  describe('when something else has changed', () => {
    it('does not build it', async () => {
      const folders = await checkout();
      const change = () => writeFile(join(folders.sourceDir, 'packages/other/index.ts'), 'export {};');
      expect(await isBuiltAgain(folders, change)).toBe(false);
    });
  });
  describe('when what was built was altered', () => {
    it('builds it again', async () => {
      const folders = await checkout();
      const { layoutDir, layer } = await build(folders);
      const blobs = await readdir(join(layoutDir, 'blobs', 'sha256'));
      expect(blobs).toContain(layer.digest.slice('sha256:'.length));
      const alter = () => writeFile(join(layoutDir, 'blobs', 'sha256', layer.digest.slice('sha256:'.length)), 'other');
      expect(await isBuiltAgain(folders, alter)).toBe(true);
    });
  });
});
