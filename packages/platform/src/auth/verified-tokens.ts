import type { Identity } from './identity.ts';

interface Entry {
  identity: Identity;
  /** ms since the epoch: the token's end, or the time to verify it anew, whichever comes first */
  until: number;
}

/** A token is verified anew so often, also when it lives longer: a key that its issuer has withdrawn counts no longer than this. */
const LONGEST_MS = 60_000;
const MOST_TOKENS = 2_000;

/**
 * Tokens whose signature was verified a short while ago: ES256 takes 115 µs, more than everything else that a request costs. The key is the whole
 * token, so that nothing that differs in one character is taken for it. Bounded: the one that was verified first makes room.
 */
export class VerifiedTokens {
  readonly #entries = new Map<string, Entry>();
  readonly #most: number;

  constructor(most: number = MOST_TOKENS) {
    this.#most = most;
  }

  /** Undefined when it is not known, no longer valid, or due to be verified anew. */
  find(token: string, now: number = Date.now()): Identity | undefined {
    const entry = this.#entries.get(token);
    if (entry === undefined || now < entry.until) return entry?.identity;
    this.#entries.delete(token);
    return undefined;
  }

  keep(token: string, identity: Identity, now: number = Date.now()): void {
    const until = Math.min(identity.expires * 1000, now + LONGEST_MS);
    if (until <= now) return; // within the tolerance for clocks that differ: valid, and not worth keeping
    this.#entries.delete(token);
    this.#entries.set(token, { identity, until });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#most) break;
      this.#entries.delete(oldest);
    }
  }
}
