import { join } from 'node:path';
import { buildImage } from '@seaworthy/images';
import { loadImage, REPOSITORY_ROOT } from './load-image.ts';

/** Where the layouts of the project's own images lie. */
export const OWN_IMAGES = join(REPOSITORY_ROOT, '.seaworthy/images');

const loaded = new Map<string, Promise<string>>();

/**
 * Id of one of the project's own images, in the engine: built from lock and cache where it is not built yet, loaded where the engine
 * lacks it. Nothing is pulled from anywhere but the package mirror.
 */
export async function ownImage(name: string): Promise<string> {
  const pending = loaded.get(name) ?? build(name);
  loaded.set(name, pending);
  return pending;
}

async function build(name: string): Promise<string> {
  const { layoutDir, configDigest } = await buildImage({
    name,
    imagesDir: join(REPOSITORY_ROOT, 'infra/images'),
    cacheDir: join(REPOSITORY_ROOT, '.seaworthy/cache'),
    outDir: OWN_IMAGES,
  });
  return loadImage(layoutDir, configDigest);
}
