import { lstatSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './findings/finding.ts';
import { writeWhole } from './write-whole.ts';

/** What our own `.env` begins with, whichever version of this project wrote it. */
const HEADER = '# Written by npm start';

/** Writes `.env` of the clone, which `docker compose` reads there by itself. One that somebody else wrote stays as it is. */
export function writeCloneEnvironment(root: string, lines: readonly string[]): void {
  if (!isAnothers(root))
    writeWhole(fileOf(root), [`${HEADER}, which writes it anew; put nothing of your own into it.`, ...lines, ''].join('\n'), 0o644);
}

/** Removes it, unless somebody else wrote it. */
export function removeCloneEnvironment(root: string): void {
  if (!isAnothers(root)) rmSync(fileOf(root), { force: true });
}

/** A warning only: `npm start` itself reads another file. */
export function examineCloneEnvironment(root: string): Finding {
  const fact = { id: '.env', expected: 'none in the clone but that of npm start' };
  if (!isAnothers(root)) return { ...fact, level: 'ok', found: 'none of somebody else' };
  return {
    ...fact,
    level: 'warning',
    found: "somebody else's, which stays as it is",
    remedy:
      'move it away, and npm start writes its own for docker compose ps, logs and down;\n' +
      'or name that file each time: docker compose --env-file .seaworthy/compose.env ps',
  };
}

/** A link or a folder of that name is nothing that a start has made. */
function isAnothers(root: string): boolean {
  const found = lstatSync(fileOf(root), { throwIfNoEntry: false });
  return found !== undefined && !(found.isFile() && readFileSync(fileOf(root), 'utf8').startsWith(HEADER));
}

function fileOf(root: string): string {
  return join(root, '.env');
}
