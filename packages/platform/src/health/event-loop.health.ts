import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { HealthCheck } from './health-registry.ts';

/** A loop that hangs this long between two turns answers nobody in time. */
const LONGEST_DELAY_MS = 2_000;

/** Alive as long as the event loop turns: a process stuck in computation cannot be mended from inside. */
export function eventLoopHealth(longestMs: number = LONGEST_DELAY_MS): HealthCheck & { stop: () => void } {
  const delay = monitorEventLoopDelay({ resolution: 50 });
  delay.enable();
  return {
    name: 'event-loop',
    kind: 'alive',
    check: () => {
      const median = delay.percentile(50) / 1e6;
      delay.reset();
      if (median > longestMs) throw Object.assign(new Error('event loop is late'), { code: 'EVENT_LOOP_LATE' });
    },
    stop: () => delay.disable(),
  };
}
