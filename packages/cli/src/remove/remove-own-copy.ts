import type { Engine } from '../host/engine/engine.ts';
import type { Instance } from '../instance.ts';
import { refuseForeign } from './refuse-foreign.ts';
import { removeCopy, type Removed } from './remove-objects.ts';

/**
 * Removes everything of a copy that this clone throws away, data included.
 * @throws UserError HOST_NOT_READY when another clone's platform has the name of that copy
 */
export async function removeOwnCopy(engine: Engine, copy: Instance): Promise<Removed> {
  await refuseForeign(engine, copy, 'npm run clean');
  return removeCopy(engine, copy.project);
}
