import { existsSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assertWritable } from './writable.ts';

/** The clone that this command belongs to. */
export const REPOSITORY = resolve(import.meta.dirname, '../../../..');

/** What the project keeps of this machine, for this user's eyes alone; removed by `npm run clean`. */
export const STATE_DIR = join(REPOSITORY, '.seaworthy');

/** A path below the state's folder, which is made when it is missing. @throws UserError NOT_WRITABLE */
export function statePath(...parts: string[]): string {
  if (!existsSync(STATE_DIR)) assertWritable(STATE_DIR);
  mkdirSync(STATE_DIR, { recursive: true, mode: 0o700 });
  return join(STATE_DIR, ...parts);
}
