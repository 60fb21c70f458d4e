import { join, resolve } from 'node:path';
import { exportDockerArchive, OwnImages } from '@seaworthy/images';
import { engine } from './engine.ts';

export const REPOSITORY_ROOT = resolve(import.meta.dirname, '../../../..');
const own = new OwnImages({ sharedDir: join(REPOSITORY_ROOT, '.seaworthy') });

/** Puts the image of a layout into the engine, unless it is there: the id is its configuration's digest. `npm run clean` removes it. */
export async function loadImage(layoutDir: string, configDigest: string): Promise<string> {
  if (await has(configDigest)) return configDigest;
  const { archive, imageId } = await exportDockerArchive(layoutDir);
  own.add(imageId);
  const progress = await engine.loadImage(archive);
  await new Promise<void>((done, failed) => {
    engine.modem.followProgress(progress, (error) => (error ? failed(error) : done()));
  });
  return imageId;
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
