import { join } from 'node:path';
import type { BuiltImage } from '@seaworthy/images';
import { loadServiceCard } from '@seaworthy/policy';
import { buildChangedService, checkoutCommit, eachService, hashCheckout, serviceNames } from '@seaworthy/supply-chain/build';
import type { BuiltService, BuildServicesOptions } from '@seaworthy/supply-chain/build';
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
  const names = serviceNames(source);
  const folders = { sourceDir: source, imagesDir: join(instance.sharedDir, 'images'), outDir: join(instance.sharedDir, 'services') };
  const build = async (title: string, images: readonly string[]): Promise<BuiltImage[]> =>
    buildHardenedImages({ title, sourceDir: source, stateDir: instance.sharedDir, names: images }, progress);

  const cards = await Promise.all(names.map(async (name) => loadServiceCard(join(source, 'apps', name))));
  await build('Building the images that services stand on', [...new Set(cards.map(({ parent }) => parent))]);
  // what services stand on is there: the others are built beside them
  const [images, services] = await Promise.all([build('Building the other hardened images', []), buildServices(names, folders, progress)]);
  return { commit, sourceDir: source, images, services };
}

async function buildServices(names: readonly string[], folders: BuildServicesOptions, progress: Progress): Promise<BuiltService[]> {
  return progress.stage("Building the platform's own services", async (stage) => {
    const hashes = hashCheckout(folders.sourceDir);
    const built = await eachService(names, async (name) => {
      stage.update(name);
      return buildChangedService(name, folders, hashes);
    });
    stage.update(`${built.length} services`);
    return built;
  });
}
