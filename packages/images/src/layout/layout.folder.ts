import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode } from '../errors.ts';

const REPLACE_ATTEMPTS = 5;

/** A folder for work in progress, named after this process; what processes that are no more have left is removed. */
export async function freshFolder(outDir: string, name: string): Promise<string> {
  await mkdir(outDir, { recursive: true });
  for (const left of (await readdir(outDir)).filter((one) => one.startsWith(`.${name}.`))) {
    const pid = Number(left.slice(`.${name}.`.length).split('.')[0]);
    if (!isRunning(pid)) await rm(join(outDir, left), { recursive: true, force: true });
  }
  return join(outDir, `.${name}.${process.pid}.${randomUUID()}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasSystemCode(error, 'EPERM');
  }
}

/** Puts the fresh folder in its place; another process may be doing the same at this moment, with the same content. */
export async function replaceFolder(fresh: string, place: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const old = `${fresh}.old${attempt}`;
    await rename(place, old).catch(() => undefined);
    await rm(old, { recursive: true, force: true });
    try {
      await rename(fresh, place);
      return;
    } catch (error) {
      const isTaken = hasSystemCode(error, 'ENOTEMPTY') || hasSystemCode(error, 'EEXIST');
      if (!isTaken || attempt === REPLACE_ATTEMPTS) throw error;
    }
  }
}
