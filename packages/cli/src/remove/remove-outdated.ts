import { join } from 'node:path';
import { OwnImages } from '@seaworthy/images';
import { readHolder } from '../../bin/process-lock.mjs';
import type { Engine } from '../host/engine/engine.ts';
import type { Instance } from '../instance.ts';
import { removeImages } from './remove-objects.ts';

/**
 * Removes images of earlier commits and those that tests loaded, all but `current`, so that the engine's disk does not fill up. Not while
 * tests of this clone run: between two containers nothing holds the images that they work with.
 */
export async function removeOutdated(engine: Engine, instance: Instance, current: readonly string[]): Promise<void> {
  if (readHolder(join(instance.sharedDir, 'test.lock')) !== undefined) return;
  const outdated = new OwnImages(instance).list().filter((id) => !current.includes(id));
  await removeImages(engine, outdated);
}
