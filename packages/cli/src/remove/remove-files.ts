import { globSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { OwnImages } from '@seaworthy/images';
import { cloneId, newCloneId } from '../engine/clone-labels.ts';
import { removeCloneEnvironment } from '../host/clone-environment.ts';
import type { Instance } from '../instance.ts';

/** What the project writes into the clone itself, beside `.env`; node_modules is npm's. */
export const FILES = ['.turbo', 'coverage', '.seaworthy'];
/** By these what lies on the engine is known for what this clone made. */
const NEEDED_FOR_ENGINE = ['clone-id', 'loaded-images'];

/** Ids of all images that the clone brought into the engine; also those of a killed bench, whose clone lies in this one's state. */
export function imagesOf({ sharedDir }: Instance): string[] {
  const inside = globSync('copies/*/.seaworthy', { cwd: sharedDir }).map((folder) => join(sharedDir, folder));
  return [sharedDir, ...inside].flatMap((folder) => new OwnImages({ sharedDir: folder }).list());
}

/**
 * Removes what the project wrote into its clone, and no `.env` of somebody else. Where the engine holds things of it that could not be removed, that by which the next
 * removal finds them stays.
 * @returns whether something stays
 */
export function removeFiles(instance: Instance, isEngineClean: boolean): boolean {
  const { root, sharedDir } = instance;
  const images = imagesOf(instance);
  const isKept = !isEngineClean && (images.length > 0 || cloneId(instance) !== undefined);
  if (isKept) {
    const own = new OwnImages(instance);
    const known = new Set(own.list());
    for (const id of images) if (!known.has(id)) own.add(id);
    // its data stays, and the keys to it do not: the next start has to see that, and may not take it for its own
    newCloneId(instance);
  }
  const all = isKept ? [...FILES.filter((file) => file !== '.seaworthy'), ...stateBut(NEEDED_FOR_ENGINE, sharedDir)] : FILES;
  removeCloneEnvironment(root);
  for (const file of all) rmSync(join(root, file), { recursive: true, force: true });
  return isKept;
}

function stateBut(kept: readonly string[], sharedDir: string): string[] {
  return readdirSync(sharedDir).flatMap((name) => (kept.includes(name) ? [] : [join('.seaworthy', name)]));
}
