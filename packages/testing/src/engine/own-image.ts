import { join, resolve } from 'node:path';
import { buildImage, exportDockerArchive } from '@seaworthy/images';
import { engine } from './engine.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

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
    imagesDir: join(ROOT, 'infra/images'),
    cacheDir: join(ROOT, '.seaworthy/cache'),
    outDir: join(ROOT, '.seaworthy/images'),
  });
  return (await has(configDigest)) ? configDigest : load(layoutDir);
}

async function has(id: string): Promise<boolean> {
  return engine
    .getImage(id)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function load(layoutDir: string): Promise<string> {
  const { archive, imageId } = await exportDockerArchive(layoutDir);
  const progress = await engine.loadImage(archive);
  await new Promise<void>((done, failed) => {
    engine.modem.followProgress(progress, (error) => (error ? failed(error) : done()));
  });
  return imageId;
}
