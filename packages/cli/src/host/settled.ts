import { setTimeout as sleep } from 'node:timers/promises';

/** Downloads and builds cannot be broken off in the middle; what they have made by then is used again. */
const PATIENCE_MS = 3000;

/** Waits until work that was interrupted has come to its end, whichever, so that what it made last can be found and removed. */
export async function settled(work: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([work?.catch(() => undefined), sleep(PATIENCE_MS, undefined, { ref: false })]);
}
