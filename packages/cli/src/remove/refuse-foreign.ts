import { UserError } from '../errors.ts';
import type { Engine } from '../host/engine/engine.ts';
import { otherClone } from '../host/findings/foreign-data.ts';
import { listVolumeLabels } from '../host/platform-objects.ts';
import type { Instance } from '../instance.ts';

/** @throws UserError HOST_NOT_READY when the project of this name is another clone's, which is still there */
export async function refuseForeign(engine: Engine, instance: Instance, command: string): Promise<void> {
  const other = otherClone(instance, await listVolumeLabels(engine, instance.project));
  if (other === undefined) return;
  throw new UserError({
    code: 'HOST_NOT_READY',
    message: `The platform ${instance.project} is that of another clone`,
    expected: 'containers and data of this clone',
    found: `those of the clone at ${other}`,
    remedy: `${command} in ${other}; where only the name is the same, SEAWORTHY_PROJECT says which one is meant`,
  });
}
