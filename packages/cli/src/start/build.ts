import type { BuiltImage } from '@seaworthy/images';
import { checkoutCommit, loadServiceCards } from '@seaworthy/supply-chain/build';
import type { BuiltService } from '@seaworthy/supply-chain/build';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import { buildServices } from './build-services.ts';
import { buildHardenedImages } from './hardened-images.ts';

/** What one commit came to on this machine. */
export interface BuiltPlatform {
  readonly commit: string;
  /** checkout of exactly that commit */
  readonly sourceDir: string;
  readonly images: readonly BuiltImage[];
  readonly services: readonly BuiltService[];
}

/**
 * Builds the hardened images and the platform's own services from a commit, never from the working tree. What has not changed since is
 * reused; the pipeline's own build of the same commit is compared with it.
 */
export async function buildPlatform(instance: Instance, commit: string, progress: Progress): Promise<BuiltPlatform> {
  const sourceDir = checkoutDir(instance);
  await checkoutCommit({ repoDir: instance.root, commit, outDir: sourceDir });
  const { sharedDir } = instance;
  // what services stand on comes first: they are built beside the rest of the images
  const parents = new Set((await loadServiceCards(sourceDir)).map(({ parent }) => parent));
  await buildHardenedImages({ sourceDir, stateDir: sharedDir, names: [...parents] }, progress);
  const [images, services] = await Promise.all([
    buildHardenedImages({ sourceDir, stateDir: sharedDir }, progress),
    progress.stage("Building the platform's own services", async (stage) => {
      const built = await buildServices({ sourceDir, sharedDir }, (name) => stage.update(name));
      stage.update(`${built.length} services`);
      return built;
    }),
  ]);
  return { commit, sourceDir, images, services };
}
