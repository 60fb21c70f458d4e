import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../host/write-whole.ts';
import type { Instance } from '../instance.ts';

/** On each volume: the keys that belong to its data, by the id of the clone that keeps them, and where that clone lies. */
export const CLONE_LABEL = 'dev.seaworthy.clone';
export const ROOT_LABEL = 'dev.seaworthy.root';

export function cloneLabels(instance: Instance): Record<string, string> {
  return { [CLONE_LABEL]: cloneId(instance) ?? newCloneId(instance), [ROOT_LABEL]: instance.root };
}

/** It is kept beside the keys, and goes with them wherever the clone is moved. Undefined before the first start. */
export function cloneId({ stateDir }: Pick<Instance, 'stateDir'>): string | undefined {
  try {
    return readFileSync(join(stateDir, 'clone-id'), 'utf8') || undefined;
  } catch {
    return undefined;
  }
}

/** Another one: what has the old one on the engine is of keys that are no more. */
export function newCloneId({ stateDir }: Pick<Instance, 'stateDir'>): string {
  const id = randomUUID();
  writeWhole(join(stateDir, 'clone-id'), id, 0o600);
  return id;
}
