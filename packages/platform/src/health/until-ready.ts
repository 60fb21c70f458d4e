import { setTimeout as delay } from 'node:timers/promises';
import { backoff } from '../resilience/backoff.ts';
import type { HealthRegistry } from './health-registry.ts';
import type { Lifecycle } from './lifecycle.ts';

const RETRY_MS = { first: 25, longest: 1_000 };

/** Resolves when all that is required is there for the first time: true, or false when the service is to end before. */
export async function untilReady(registry: HealthRegistry, lifecycle: Lifecycle): Promise<boolean> {
  for (let attempt = 1; !lifecycle.draining; attempt += 1) {
    const answers = await Promise.allSettled(registry.checks('required').map(async ({ check }) => check()));
    if (answers.every(({ status }) => status === 'fulfilled')) return !lifecycle.draining;
    await delay(backoff(attempt, RETRY_MS), undefined, { ref: false });
  }
  return false;
}
