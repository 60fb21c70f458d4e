import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Milliseconds until it is so; undefined when it does not become so in time. Looks once more when that is over: the machine may have stood still. */
export async function awaitThat(isSo: () => Promise<boolean>, patience: number): Promise<number | undefined> {
  const since = performance.now();
  for (let isLast = false; !isLast;) {
    isLast = performance.now() - since >= patience;
    if (await isSo()) return Math.round(performance.now() - since);
    if (!isLast) await sleep(POLL_MS);
  }
  return undefined;
}
