import { OwnImages } from '@seaworthy/images';
import type Docker from 'dockerode';
import { loadLayout } from '../engine/images.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import type { ImageIds } from './environment.ts';

/** Brings what was built into the engine, in its order: parents first, so that shared layers are read once. */
export async function loadBuilt(
  docker: Docker,
  instance: Instance,
  all: readonly { readonly name: string; readonly layoutDir: string }[],
  progress: Progress,
): Promise<ImageIds> {
  return progress.stage('Loading the images into the engine', async (stage) => {
    const own = new OwnImages(instance);
    const ids: Record<string, string> = {};
    for (const { name, layoutDir } of all) {
      stage.update(`${name} ${Object.keys(ids).length + 1}/${all.length}`);
      ids[name] = (await loadLayout(docker, own, layoutDir)).id;
    }
    return ids;
  });
}
