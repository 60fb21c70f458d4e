import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A file as the user named it: `npm run` goes to the clone's root, and leaves in INIT_CWD where the user stood. */
export function userPath(file: string): string {
  return resolve(process.env['INIT_CWD'] ?? '', file);
}

/** Why a file cannot be written, if it cannot. Neither the file nor its folder is changed. */
export function unwritable(path: string): string | undefined {
  const isThere = existsSync(path);
  if (isThere && statSync(path).isDirectory()) return 'it is a folder';
  try {
    // a folder's own name in itself: what is no folder has none
    accessSync(isThere ? path : `${dirname(path)}/.`, constants.W_OK);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
