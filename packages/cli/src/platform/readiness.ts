import { setTimeout as sleep } from 'node:timers/promises';
import { UserError } from '../errors.ts';
import type { PlatformAccess } from './access.ts';
import { URLS } from './access.ts';

/** How long a service may take to enrol and answer on a slow laptop. */
const PATIENCE_MS = 60_000;
const PAUSE_MS = 100;

/** Waits until each of the platform's services says by itself that it is ready. @throws UserError naming the one that does not */
export async function awaitReady(access: PlatformAccess, names: readonly (keyof typeof URLS)[], patience = PATIENCE_MS): Promise<void> {
  await Promise.all(names.map(async (name) => awaitAnswer(access, name, `${URLS[name]}/health/ready`, patience)));
}

async function awaitAnswer(access: PlatformAccess, name: string, url: string, patience: number): Promise<void> {
  const until = Date.now() + patience;
  let found = 'no answer';
  while (Date.now() < until) {
    try {
      const answer = await access.fetch(url, { signal: AbortSignal.timeout(3_000) });
      if (answer.status === 200) return;
      found = `status ${answer.status}: ${(await answer.text()).slice(0, 300)}`;
    } catch (error) {
      const cause = (error as { cause?: Error }).cause ?? (error as Error);
      found = cause.message;
    }
    await sleep(PAUSE_MS);
  }
  throw new UserError({
    code: 'FAILED',
    message: `${name} does not get ready`,
    expected: `200 from ${url} within ${patience / 1000} s`,
    found,
    // a start alone leaves a container that runs as it is, whatever state its process is in
    remedy: `read its log (docker compose logs ${name}); npm stop, then npm start make it anew and keep its data`,
  });
}
