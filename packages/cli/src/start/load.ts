import { inOrder, OwnImages } from '@seaworthy/images';
import type { BuiltImage } from '@seaworthy/images';
import type { BuiltService } from '@seaworthy/supply-chain/build';
import type Docker from 'dockerode';
import { loadLayout } from '../engine/images.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import type { ImageIds } from './environment.ts';

/** The engine unpacks one while the next is being read and hashed. */
const PARALLEL_LOADS = 2;

/** Brings what was built into the engine, parents before what stands on them, so that shared layers are read once. */
export async function loadBuilt(
  docker: Docker,
  instance: Instance,
  all: readonly (BuiltImage | BuiltService)[],
  progress: Progress,
): Promise<ImageIds> {
  return progress.stage('Loading the images into the engine', async (stage) => {
    const own = new OwnImages(instance);
    const layouts = new Map(all.map(({ name, layoutDir }) => [name, layoutDir]));
    let begun = 0;
    const loaded = await inOrder(
      all.map(({ name, parent }) => ({ name, parent: parent?.name })),
      PARALLEL_LOADS,
      async (name) => {
        begun += 1;
        stage.update(`${name} ${begun}/${all.length}`);
        return [name, (await loadLayout(docker, own, layouts.get(name) ?? '')).id] as const;
      },
    );
    return Object.fromEntries(loaded);
  });
}
