import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 100;

/** Milliseconds until it is so; undefined when it does not become so in time. */
export async function awaitThat(isSo: () => Promise<boolean>, patience: number): Promise<number | undefined> {
  const since = performance.now();
  while (performance.now() - since < patience) {
    if (await isSo()) return Math.round(performance.now() - since);
    await sleep(POLL_MS);
  }
  return undefined;
}
