import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../resilience/backoff.ts';
import type { HealthRegistry } from './health-registry.ts';

const RETRY_MS = { first: 25, longest: 1_000 };

/** Resolves when all that is required is there for the first time: true, or false when `signal` comes before. */
export async function untilReady(registry: HealthRegistry, signal: AbortSignal): Promise<boolean> {
  for (let attempt = 1; !signal.aborted; attempt += 1) {
    const answers = await Promise.allSettled(registry.checks('required').map(async ({ check }) => check()));
    if (answers.every(({ status }) => status === 'fulfilled')) return !signal.aborted;
    await delay(backoff(attempt, RETRY_MS), undefined, { ref: false, signal }).catch(() => undefined);
  }
  return false;
}
