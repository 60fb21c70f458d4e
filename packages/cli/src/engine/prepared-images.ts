import { join } from 'node:path';
import { buildImages, OwnImages } from '@seaworthy/images';
import type Docker from 'dockerode';
import { withRunLock } from '../host/run-lock.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import { loadLayout } from './images.ts';

/** The project's own hardened images by name, built where they are not yet and loaded where the engine lacks them. @returns their ids */
export async function prepareImages(
  docker: Docker,
  instance: Instance,
  names: readonly string[],
  progress: Progress,
): Promise<Record<string, string>> {
  return progress.stage('Preparing images', async (stage) =>
    withRunLock('preparing images', async () => {
      const { root, sharedDir } = instance;
      const own = new OwnImages(instance);
      const built = await buildImages({
        imagesDir: join(root, 'infra', 'images'),
        cacheDir: join(sharedDir, 'cache'),
        outDir: join(sharedDir, 'images'),
        names,
        onProgress: ({ image, step, done, total }) => stage.update(`${image}: ${step}${total === undefined ? '' : ` ${done}/${total}`}`),
        onWarning: (message) => progress.warn(message),
      });
      const ids: Record<string, string> = {};
      for (const { name, layoutDir } of built.filter((image) => names.includes(image.name))) {
        stage.update(`${name}: into the engine`);
        ids[name] = (await loadLayout(docker, own, layoutDir)).id;
      }
      stage.update(names.join(', '));
      return ids;
    }),
  );
}
