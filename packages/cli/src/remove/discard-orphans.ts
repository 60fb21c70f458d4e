import { UserError } from '../errors.ts';
import type { Engine } from '../host/engine/engine.ts';
import { findOrphans } from '../host/findings/foreign-data.ts';
import { listContainers, listVolumeLabels } from '../host/platform-objects.ts';
import type { Instance } from '../instance.ts';
import { agree, askUser, type Consent } from '../ui/agree.ts';
import type { Progress } from '../ui/progress.ts';
import { removeCopy } from './remove-objects.ts';

/**
 * Removes what a clone left on the engine that is gone, its keys with it: nobody can use that data any more, and its database would
 * refuse the passwords of this clone. Says so first, and asks where somebody is there. Never while it is in use: a clone that cannot be
 * seen from here (in another container, say) is not gone.
 * @throws UserError DECLINED, HOST_NOT_READY
 */
export async function discardOrphans(engine: Engine, instance: Instance, progress: Progress, consent: Consent = askUser): Promise<void> {
  const orphans = findOrphans(instance, await listVolumeLabels(engine, instance.project));
  if (orphans.count === 0) return;
  await refuseWhileUsed(engine, instance.project, orphans.owner);
  await agree(
    {
      why: `The engine holds data of the project ${instance.project} whose keys were deleted with ${orphans.owner}.`,
      changes: [`remove the volumes that nobody can use any more (${orphans.count}), and the containers and networks beside them`],
      unasked: 'Nobody is there to be asked: going on.',
      otherwise: 'put that .seaworthy back; or run this one beside it, with SEAWORTHY_PROJECT and SEAWORTHY_SUBNET of its own',
    },
    progress,
    consent,
  );
  await progress.stage('Removing data whose keys are gone', async (stage) => {
    const { containers, networks, volumes } = await removeCopy(engine, instance.project);
    stage.update(`${containers} containers, ${networks} networks, ${volumes} volumes`);
  });
}

/**
 * What cannot be told from here: a clone that was moved, or lies on a disk that is not there now, looks like one that is gone.
 * @throws UserError HOST_NOT_READY while containers of data run whose keys are not here
 */
export async function refuseWhileUsed(engine: Engine, project: string, owner: string): Promise<void> {
  const ended = ['created', 'exited', 'dead'];
  const used = (await listContainers(engine, project)).filter(({ state }) => !ended.includes(state));
  if (used.length === 0) return;
  throw new UserError({
    code: 'HOST_NOT_READY',
    message: `The platform ${project} runs with keys that are not here`,
    expected: 'containers that this clone started, or none',
    found: `${used.length} that run; their keys were in ${owner}`,
    remedy:
      'where somebody uses it: run this one beside it, with SEAWORTHY_PROJECT and SEAWORTHY_SUBNET of its own;\n' +
      'where nobody does: npm stop, and the same again, which removes its data',
  });
}
