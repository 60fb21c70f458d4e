export interface AttemptLimits {
  most: number;
  windowMs: number;
}

const MOST_KEYS = 10_000;

/** Counts attempts by key in a fixed window; bounded in memory, the oldest keys make room. */
export class AttemptLimiter {
  readonly #limits: AttemptLimits;
  readonly #windows = new Map<string, { count: number; ends: number }>();

  constructor(limits: AttemptLimits) {
    this.#limits = limits;
  }

  /** Seconds to wait before the next attempt; 0 when this one may go on (it then counts). */
  take(key: string, now = Date.now()): number {
    const window = this.#windows.get(key);
    if (!window || window.ends <= now) {
      this.#windows.delete(key);
      this.#windows.set(key, { count: 1, ends: now + this.#limits.windowMs });
      this.#makeRoom();
      return 0;
    }
    if (window.count >= this.#limits.most) return Math.ceil((window.ends - now) / 1000);
    window.count += 1;
    return 0;
  }

  /** A success clears the account's count: only guesses are limited. */
  forgive(key: string): void {
    this.#windows.delete(key);
  }

  #makeRoom(): void {
    for (const oldest of this.#windows.keys()) {
      if (this.#windows.size <= MOST_KEYS) break;
      this.#windows.delete(oldest);
    }
  }
}
