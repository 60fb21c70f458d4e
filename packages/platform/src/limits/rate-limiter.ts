interface Bucket {
  tokens: number;
  /** ms since the epoch, when `tokens` was right */
  at: number;
}

export interface RateLimits {
  /** requests a second, in the long run */
  perSecond: number;
  /** at once, after a pause */
  burst: number;
}

const MOST_CALLERS = 10_000;

/**
 * A token bucket for each caller. In memory, so the bound is for each replica: it keeps one caller from taking a replica for himself. Bounded: the
 * caller who was seen first makes room.
 */
export class RateLimiter {
  readonly #limits: RateLimits;
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  constructor(limits: RateLimits, now: () => number = Date.now) {
    this.#limits = limits;
    this.#now = now;
  }

  /** 0: go on. Otherwise seconds after which to come back. */
  take(caller: string): number {
    const { perSecond, burst } = this.#limits;
    const now = this.#now();
    const bucket = this.#bucket(caller, now);
    bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond); // a clock may be set back
    bucket.at = now;
    if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
    bucket.tokens -= 1;
    return 0;
  }

  #bucket(caller: string, now: number): Bucket {
    const known = this.#buckets.get(caller);
    if (known) return known;
    const fresh = { tokens: this.#limits.burst, at: now };
    this.#buckets.set(caller, fresh);
    for (const oldest of this.#buckets.keys()) {
      if (this.#buckets.size <= MOST_CALLERS) break;
      this.#buckets.delete(oldest);
    }
    return fresh;
  }
}
