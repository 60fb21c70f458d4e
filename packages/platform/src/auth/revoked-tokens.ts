import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { PlatformFetch } from '../tls/platform-fetch.ts';
import { AuthError } from './auth.error.ts';

/** What identity publishes at `/revocations`: ids of tokens that count no longer, and the end after which each would not count anyway. */
export const RevocationList = z.object({ revoked: z.array(z.object({ id: z.string().max(128), expires: z.number() })) });
export type RevocationList = z.infer<typeof RevocationList>;

export interface Revocations {
  /** Resolves when it is known what was revoked. @throws AuthError KEYS_UNREACHABLE */
  ready(): Promise<void>;
  /** @throws AuthError KEYS_UNREACHABLE when what is known is too old to be relied on */
  has(id: string): boolean;
}

/** A revoked token is refused everywhere within this and the time of one request. */
const INTERVAL_MS = 5_000;
/** What identity published is relied on for so long without an answer, its keys as well: after that, nothing can be said about a token. */
export const LONGEST_SILENCE_MS = 600_000;
const TIMEOUT_MS = 2_000;

/**
 * The tokens that were revoked before their end (RFC 7009), asked for every few seconds. Each request is then judged by what is in memory: no
 * request waits for identity. What was once heard is kept until the token's own end, also when identity forgets it.
 */
export class RevokedTokens implements Revocations {
  readonly #read: () => Promise<RevocationList>;
  readonly #now: () => number;
  readonly #logger = new Logger('auth');
  readonly #revoked = new Map<string, number>();
  #heard = Number.NEGATIVE_INFINITY;
  #first: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(read: () => Promise<RevocationList>, now: () => number = Date.now) {
    this.#read = read;
    this.#now = now;
  }

  async ready(): Promise<void> {
    if (this.#heard !== Number.NEGATIVE_INFINITY) return;
    this.#timer ??= setInterval(() => void this.refresh(), INTERVAL_MS).unref();
    this.#first ??= this.refresh().finally(() => (this.#first = undefined));
    await this.#first;
    this.#requireNews();
  }

  has(id: string): boolean {
    this.#requireNews();
    return this.#revoked.has(id);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects: an answer that does not come is judged by its age. */
  async refresh(): Promise<void> {
    try {
      const { revoked } = RevocationList.parse(await this.#read());
      this.#heard = this.#now();
      for (const { id, expires } of revoked) this.#revoked.set(id, expires);
      for (const [id, expires] of this.#revoked) if (expires * 1000 < this.#heard - LONGEST_SILENCE_MS) this.#revoked.delete(id);
    } catch (error) {
      this.#logger.warn({ msg: 'list of revoked tokens could not be had, going on with the one before', err: error });
    }
  }

  #requireNews(): void {
    if (this.#now() - this.#heard < LONGEST_SILENCE_MS) return;
    throw new AuthError({
      code: 'KEYS_UNREACHABLE',
      message: 'expected the list of revoked tokens, found no answer for too long; is identity running?',
    });
  }
}

/** The list that the platform's identity service publishes. */
export function remoteRevocations({ identityUrl, fetch }: { identityUrl: string; fetch: PlatformFetch }): RevokedTokens {
  return new RevokedTokens(async () => {
    const answer = await fetch(`${identityUrl}/revocations`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!answer.ok) throw new Error(`expected the list of revoked tokens, found ${answer.status}`);
    return (await answer.json()) as RevocationList;
  });
}
