import { backoff } from '../resilience/backoff.ts';

const RETRY_MS = { first: 10_000, longest: 600_000 };
const MOST = 1_000;

interface Refused {
  times: number;
  /** ms since the epoch, when it may be tried again */
  until: number;
}

/** Events that NATS has refused, or that no stream takes: set aside, and tried again ever more rarely, so that they cost the others nothing. Kept in memory, and bounded. */
export class RefusedEvents {
  readonly #events = new Map<string, Refused>();

  /** Whose turn has not come again. */
  get ids(): string[] {
    const now = Date.now();
    // long due, and not refused again: it has been published, here or by another replica
    for (const [id, { until }] of this.#events) if (until < now - RETRY_MS.longest) this.#events.delete(id);
    return [...this.#events].filter(([, { until }]) => until > now).map(([id]) => id);
  }

  /** Returns how often it was refused by now, or undefined when there are too many to set another one aside. */
  add(id: string): number | undefined {
    const times = (this.#events.get(id)?.times ?? 0) + 1;
    if (times === 1 && this.#events.size >= MOST) return undefined;
    this.#events.set(id, { times, until: Date.now() + backoff(times, RETRY_MS) });
    return times;
  }

  forget(id: string): void {
    this.#events.delete(id);
  }
}
