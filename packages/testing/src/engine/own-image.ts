import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { buildImage } from '@seaworthy/images';
import { buildService } from '@seaworthy/supply-chain/build';
import { loadImage } from './load-image.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const IMAGES = join(ROOT, '.seaworthy/images');

const loaded = new Map<string, Promise<string>>();

/**
 * Id of one of the project's own images, in the engine: built from lock and cache where it is not built yet, loaded where the engine
 * lacks it. Nothing is pulled from anywhere but the package mirror.
 */
export async function ownImage(name: string): Promise<string> {
  return once(name, async () => {
    const { layoutDir, configDigest } = await buildImage({
      name,
      imagesDir: join(ROOT, 'infra/images'),
      cacheDir: join(ROOT, '.seaworthy/cache'),
      outDir: IMAGES,
    });
    return loadImage(layoutDir, configDigest);
  });
}

/** Id of a service's image as it would ship, made from the working tree, in the engine. */
export async function ownService(name: string): Promise<string> {
  return once(`apps/${name}`, async () => {
    await ownImage('node');
    const outDir = await mkdtemp(join(tmpdir(), 'seaworthy-test-'));
    try {
      const { layoutDir, configDigest } = await buildService(name, { sourceDir: ROOT, imagesDir: IMAGES, outDir });
      return await loadImage(layoutDir, configDigest);
    } finally {
      await rm(outDir, { recursive: true });
    }
  });
}

async function once(key: string, make: () => Promise<string>): Promise<string> {
  const pending = loaded.get(key) ?? make();
  loaded.set(key, pending);
  return pending;
}
