import type { RevocationList } from '@seaworthy/platform';

/** Only whoever holds a valid token gets an entry; each ends with its token, an hour later at most. */
const MOST_ENTRIES = 10_000;
/** Longer than the tolerance of verifiers for clocks that differ. */
const MARGIN_S = 60;

/**
 * Ids of tokens that were revoked, in memory: services keep what they have heard until the token's end, so that a restart makes forget only those
 * that start after it.
 */
export class RevocationStore {
  readonly #entries = new Map<string, number>();

  add(id: string, expires: number): void {
    this.#entries.set(id, expires);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }

  list(now: number = Date.now()): RevocationList {
    for (const [id, expires] of this.#entries) if (expires + MARGIN_S < now / 1000) this.#entries.delete(id);
    return { revoked: Array.from(this.#entries, ([id, expires]) => ({ id, expires })) };
  }
}
