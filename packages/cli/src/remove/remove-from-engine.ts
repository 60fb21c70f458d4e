import type { Engine } from '../host/engine/engine.ts';
import { findOrphans } from '../host/findings/foreign-data.ts';
import { listVolumeLabels } from '../host/platform-objects.ts';
import type { Instance } from '../instance.ts';
import type { Progress } from '../ui/progress.ts';
import { refuseWhileUsed } from './discard-orphans.ts';
import { findCopies, findDeadTests } from './find-copies.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { imagesOf } from './remove-files.ts';
import { removeCopy, removeImages } from './remove-objects.ts';

/**
 * Removes what this clone ever made on the engine: its platform, the copies beside it, what killed tests left, and images.
 * @throws UserError HOST_NOT_READY when the platform of this name is another clone's, or runs and may be
 */
export async function removeFromEngine(engine: Engine, instance: Instance, progress: Progress): Promise<void> {
  await refuseForeign(engine, instance, 'npm run clean');
  const orphans = findOrphans(instance, await listVolumeLabels(engine, instance.project));
  if (!orphans.isOwn) await refuseWhileUsed(engine, instance.project, orphans.owner);
  for (const copy of [...(await findCopies(engine, instance)), ...(await findDeadTests(engine))]) {
    await progress.stage(`Removing ${copy}`, async (stage) => {
      const { containers, networks, volumes } = await removeCopy(engine, copy);
      stage.update(`${containers} containers, ${networks} networks, ${volumes} volumes`);
    });
  }
  const kept = await progress.stage('Removing images', async (stage) => {
    const images = await removeImages(engine, imagesOf(instance));
    stage.update(`${images.removed} removed`);
    return images.kept;
  });
  if (kept.length > 0) progress.line(`Images that stay, because somebody tagged or uses them: ${kept.join(', ')}`);
}
