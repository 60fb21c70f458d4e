const MOST = 1_000;

/**
 * How often a message has failed here by a fault of its own. JetStream counts all deliveries: also those that failed because the database was away, and
 * those to a replica that died. Bounded: what failed longest ago makes room, since another replica may have done it meanwhile.
 */
export class BlamedMessages {
  readonly #failures = new Map<string, number>();
  readonly #most: number;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  /** `key`: tells the message from all others, also from one of a stream that was there before. Returns how often it has failed by now. */
  blame(key: string): number {
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, failures);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.#most) break;
      this.#failures.delete(oldest);
    }
    return failures;
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }
}
