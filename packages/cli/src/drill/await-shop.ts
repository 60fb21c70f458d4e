import { setTimeout as sleep } from 'node:timers/promises';
import { URLS } from '../platform/access.ts';
import type { PlatformAccess } from '../platform/access.ts';

const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/** Waits until the edge has found a replica of orders that is ready: one that asks who it is. */
export async function awaitShop(access: PlatformAccess): Promise<void> {
  let found = 'no answer';
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until; await sleep(PAUSE_MS)) {
    try {
      const answer = await access.fetch(`${URLS.edge}/orders`, { signal: AbortSignal.timeout(3_000) });
      await answer.body?.cancel();
      if (answer.status === 401) return;
      found = `status ${answer.status}`;
    } catch (error) {
      found = ((error as Error).cause as Error | undefined)?.message ?? (error as Error).message;
    }
  }
  throw new Error(`expected orders behind the edge within ${PATIENCE_MS / 1000} s, found ${found}; read the copy's log (docker logs)`);
}
