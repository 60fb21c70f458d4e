import { Logger } from '@nestjs/common';
import { z } from 'zod';
import type { PlatformFetch } from '../tls/platform-fetch.ts';
import { AuthError } from './auth.error.ts';

const keyIds = z.array(z.string()).optional();
/**
 * What identity publishes at `/revocations`: ids of tokens that count no longer, and the end after which each would not count anyway; and the ids
 * of the keys that each issuer has now, which an identity of an earlier version does not name.
 */
export const RevocationList = z.object({
  revoked: z.array(z.object({ id: z.string().max(128), expires: z.number() })),
  keys: z.object({ people: keyIds, workloads: keyIds }).optional(),
});
export type RevocationList = z.infer<typeof RevocationList>;
export type PublishedKeyIds = NonNullable<RevocationList['keys']>;

export interface Revocations {
  /** Undefined when it is known what was revoked, or what to wait for until it is. @throws AuthError KEYS_UNREACHABLE */
  ready(): Promise<void> | undefined;
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
  #asking: Promise<void> | undefined;
  #tell: ((keys: PublishedKeyIds) => Promise<void>) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(read: () => Promise<RevocationList>, now: () => number = Date.now) {
    this.#read = read;
    this.#now = now;
  }

  /** Asks at once where nothing was heard yet, or for too long: timers stand still while a laptop sleeps. */
  ready(): Promise<void> | undefined {
    return this.#isNews() ? undefined : this.#ask();
  }

  has(id: string): boolean {
    this.#requireNews();
    return this.#revoked.has(id);
  }

  /** `tell` hears with each list which keys the issuers have, and must not reject; a refresh is done when it is. */
  onKeys(tell: (keys: PublishedKeyIds) => Promise<void>): void {
    this.#tell = tell;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Never rejects: an answer that does not come is judged by its age. */
  async refresh(): Promise<void> {
    try {
      const { revoked, keys } = RevocationList.parse(await this.#read());
      this.#heard = this.#now();
      for (const { id, expires } of revoked) this.#revoked.set(id, expires);
      for (const [id, expires] of this.#revoked) if (expires * 1000 < this.#heard - LONGEST_SILENCE_MS) this.#revoked.delete(id);
      if (keys !== undefined) await this.#tell?.(keys);
    } catch (error) {
      this.#logger.warn({ msg: 'list of revoked tokens could not be had, going on with the one before', err: error });
    }
  }

  /** Once for all who wait. */
  async #ask(): Promise<void> {
    this.#timer ??= setInterval(() => void this.refresh(), INTERVAL_MS).unref();
    this.#asking ??= this.refresh().finally(() => (this.#asking = undefined));
    await this.#asking;
    this.#requireNews();
  }

  #isNews(): boolean {
    return this.#now() - this.#heard < LONGEST_SILENCE_MS;
  }

  #requireNews(): void {
    if (this.#isNews()) return;
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
