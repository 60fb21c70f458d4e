import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, jest } from '@jest/globals';
import { digestOf, MEDIA_TYPES, OciLayout } from '@seaworthy/oci';
import { buildAllServices, checkoutCommit, serviceNames } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

jest.setTimeout(300_000);
const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const LAYER_LIMIT = 5_000_000;

/** Parents without layers, as a job of the pipeline has them: manifest and configuration suffice. */
async function parents(): Promise<string> {
  const dir = await temporaryDir();
  for (const name of ['node', 'node-git']) {
    const layout = await OciLayout.create(join(dir, name));
    const tar = Buffer.from(name);
    const gzip = gzipSync(tar);
    const config = await layout.writeJson(
      { architecture: 'amd64', os: 'linux', config: {}, rootfs: { type: 'layers', diff_ids: [digestOf(tar)] } },
      MEDIA_TYPES.imageConfig,
    );
    const layers = [{ mediaType: MEDIA_TYPES.layerGzip, digest: digestOf(gzip), size: gzip.length }];
    await layout.setRef(
      name,
      await layout.writeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers }, MEDIA_TYPES.imageManifest),
    );
  }
  return dir;
}

async function buildHead(only: readonly string[]) {
  const { dir } = await checkoutCommit({ repoDir: REPOSITORY, commit: 'HEAD', outDir: join(await temporaryDir(), 'checkout') });
  return buildAllServices({ sourceDir: dir, imagesDir: await parents(), outDir: await temporaryDir(), only });
}

describe("the repository's services", () => {
  it('all build from HEAD, each in a layer of at most 5 MB', async () => {
    const { dir } = await checkoutCommit({ repoDir: REPOSITORY, commit: 'HEAD', outDir: join(await temporaryDir(), 'checkout') });
    const names = serviceNames(dir);
    const built = await buildAllServices({ sourceDir: dir, imagesDir: await parents(), outDir: await temporaryDir() });
    expect(built.map(({ name }) => name)).toEqual(names);
    for (const { name, layer } of built) expect([name, layer.size <= LAYER_LIMIT]).toEqual([name, true]);
  });
  it('have the same digest from two checkouts at different paths, whatever time zone and folder it is run in', async () => {
    const [first] = await buildHead(['registry-gate']);
    const { TZ } = process.env;
    const before = process.cwd();
    process.env['TZ'] = 'Asia/Tokyo';
    process.chdir('/');
    const [second] = await buildHead(['registry-gate']).finally(() => {
      process.chdir(before);
      if (TZ === undefined) delete process.env['TZ'];
      else process.env['TZ'] = TZ;
    });
    expect(second?.manifestDigest).toBe(first?.manifestDigest);
  });
});
