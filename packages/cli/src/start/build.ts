import { join } from 'node:path';
import type { BuiltImage } from '@seaworthy/images';
import { buildChangedService, checkoutCommit, hashCheckout, serviceNames } from '@seaworthy/supply-chain/build';
import type { BuiltService } from '@seaworthy/supply-chain/build';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
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
  const source = checkoutDir(instance);
  await checkoutCommit({ repoDir: instance.root, commit, outDir: source });
  const images = await buildHardenedImages({ sourceDir: source, stateDir: instance.sharedDir }, progress);
  const services = await progress.stage("Building the platform's own services", async (stage) => {
    const built: BuiltService[] = [];
    const hashes = hashCheckout(source);
    for (const name of serviceNames(source)) {
      stage.update(name);
      built.push(
        await buildChangedService(
          name,
          { sourceDir: source, imagesDir: join(instance.sharedDir, 'images'), outDir: join(instance.sharedDir, 'services') },
          hashes,
        ),
      );
    }
    stage.update(`${built.length} services`);
    return built;
  });
  return { commit, sourceDir: source, images, services };
}
