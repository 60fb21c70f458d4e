import { join } from 'node:path';
import { buildImages } from '@seaworthy/images';
import type { BuiltImage } from '@seaworthy/images';
import type { Progress } from '../ui/progress.ts';

interface HardenedImages {
  /** the repository, or a checkout of it */
  readonly sourceDir: string;
  /** with `cache` and `images` in it */
  readonly stateDir: string;
  /** default: all */
  readonly names?: readonly string[];
}

/** Builds the hardened images that a tree declares, from lock and cache, and shows how far it is. What is built already is reused. */
export async function buildHardenedImages({ sourceDir, stateDir, names = [] }: HardenedImages, progress: Progress): Promise<BuiltImage[]> {
  const title = names.length === 0 ? 'Building the hardened images' : `Building the images ${names.join(', ')}`;
  return progress.stage(title, async (stage) =>
    buildImages({
      imagesDir: join(sourceDir, 'infra', 'images'),
      cacheDir: join(stateDir, 'cache'),
      outDir: join(stateDir, 'images'),
      names,
      onProgress: ({ image, step, done, total }) => stage.update(`${image}: ${step}${total === undefined ? '' : ` ${done}/${total}`}`),
      onWarning: (message) => progress.warn(message),
    }),
  );
}
