import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { desiredSchema } from '@seaworthy/contracts';
import type { Desired } from '@seaworthy/contracts';
import { writeWhole } from '../../host/write-whole.ts';
import type { Instance } from '../../instance.ts';

/** What was rolled out last, by which the host knows what to go back to. Undefined when nothing was, or when it cannot be read. */
export function readRolledOut(instance: Instance): Desired | undefined {
  try {
    return desiredSchema.parse(JSON.parse(readFileSync(fileOf(instance), 'utf8')));
  } catch {
    return undefined;
  }
}

export function keepRolledOut(instance: Instance, desired: Desired): void {
  writeWhole(fileOf(instance), JSON.stringify(desired), 0o600);
}

function fileOf(instance: Instance): string {
  return join(instance.stateDir, 'rolled-out.json');
}
