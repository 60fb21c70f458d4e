import type { BuiltImage } from '@seaworthy/images';
import { checkoutCommit, loadServiceCards } from '@seaworthy/supply-chain/build';
import type { BuiltService } from '@seaworthy/supply-chain/build';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import { buildServices } from './build-services.ts';
import { buildHardenedImages } from './hardened-images.ts';

/** What one commit comes to on this machine. */
export interface PlatformBuild {
  readonly images: readonly BuiltImage[];
  /** of the services, by name, the image that each stands on */
  readonly parents: ReadonlyMap<string, string>;
  /** they may take longer: whoever needs them waits */
  readonly services: Promise<readonly BuiltService[]>;
}

/**
 * Builds the hardened images and the platform's own services from a commit, never from the working tree. What has not changed since is
 * reused; the pipeline's own build of the same commit is compared with it. Resolves when the images are there; `aside`: of the services nobody
 * is in a hurry.
 */
export async function buildPlatform(
  instance: Instance,
  commit: string,
  progress: Progress,
  { aside = false }: { aside?: boolean } = {},
): Promise<PlatformBuild> {
  const sourceDir = checkoutDir(instance);
  await checkoutCommit({ repoDir: instance.root, commit, outDir: sourceDir });
  const { sharedDir } = instance;
  // what services stand on comes first; they are bundled meanwhile, and built beside the rest of the images
  const parents = new Map((await loadServiceCards(sourceDir)).map(({ name, parent }) => [name, parent]));
  const standing = buildHardenedImages({ sourceDir, stateDir: sharedDir, names: [...new Set(parents.values())] }, progress);
  const services = progress.stage("Building the platform's own services", async (stage) => {
    const built = await buildServices({ sourceDir, sharedDir, aside }, standing, (name) => stage.update(name));
    stage.update(`${built.length} services`);
    return built;
  });
  services.catch(() => undefined); // whoever waits for them is told
  await standing;
  return { images: await buildHardenedImages({ sourceDir, stateDir: sharedDir }, progress), parents, services };
}
