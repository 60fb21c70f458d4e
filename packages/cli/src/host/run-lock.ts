import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readHolder, takeLock } from '../../bin/process-lock.mjs';
import { UserError } from '../errors.ts';
import { interrupted, onInterrupt } from './interrupt.ts';
import { statePath } from './paths.ts';
import { assertWritable } from './writable.ts';

/**
 * Runs `work` while no other command of this clone changes the platform; once it is interrupted, until everything is undone.
 * @throws UserError BUSY | NOT_WRITABLE. A lock whose process is gone counts for nothing.
 */
export async function withRunLock<T>(purpose: string, work: () => Promise<T>, path: string = statePath('lock')): Promise<T> {
  assertWritable(dirname(path));
  const lock = takeLock(path, purpose);
  if (!lock.release) {
    const { pid, purpose: other } = lock.holder;
    throw new UserError({
      code: 'BUSY',
      message: 'Another command of this clone is running',
      expected: 'no other command that changes the platform',
      found: `${other} (pid ${pid})`,
      remedy: `wait until it is done, or end it with kill ${pid}; then start again`,
    });
  }
  // registered before all that the work begins, and so the last to be undone
  const forget = onInterrupt(lock.release);
  try {
    return await work();
  } finally {
    if (!interrupted.aborted) {
      forget();
      lock.release();
    }
  }
}

/** Waits while another command of this clone changes the platform, at most half a minute. */
export async function whileLocked(path: string = statePath('lock')): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (readHolder(path) !== undefined && performance.now() < deadline) await sleep(100);
}
