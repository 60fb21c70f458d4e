const MOST = 1_000;

/**
 * How often a message has failed here by a fault of its own. JetStream counts all deliveries: also those that failed because the database was away, and
 * those to a replica that died. Bounded: what failed longest ago makes room, since another replica may have done it meanwhile.
 */
export class BlamedMessages {
  readonly #failures = new Map<number, number>();
  readonly #most: number;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  /** `sequence`: the message's place in its stream. Returns how often it has failed by now. */
  blame(sequence: number): number {
    const failures = (this.#failures.get(sequence) ?? 0) + 1;
    this.#failures.delete(sequence);
    this.#failures.set(sequence, failures);
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= this.#most) break;
      this.#failures.delete(oldest);
    }
    return failures;
  }

  forget(sequence: number): void {
    this.#failures.delete(sequence);
  }
}
