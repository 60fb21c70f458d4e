import { setTimeout as sleep } from 'node:timers/promises';

/** Downloads and builds cannot be broken off in the middle; what they have made by then is used again. */
const PATIENCE_MS = 3000;

/** Waits until work that was interrupted has come to its end, whichever, so that what it made last can be found and removed. */
export async function settled(work: Promise<unknown> | undefined): Promise<void> {
  await Promise.race([work?.catch(() => undefined), sleep(PATIENCE_MS, undefined, { ref: false })]);
}

/** Waits for all of them, also when one fails: nothing goes on behind the back of who is told why. @throws what the first of them in the row met */
export async function allEnded<All extends readonly unknown[]>(work: { [Key in keyof All]: Promise<All[Key]> }): Promise<All> {
  const ended = await Promise.allSettled(work);
  for (const one of ended) if (one.status === 'rejected') throw one.reason;
  return Promise.all(work);
}
