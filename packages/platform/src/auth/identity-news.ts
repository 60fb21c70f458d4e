import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { IssuerKeys } from './issuer-keys.ts';
import { LONGEST_SILENCE_MS, RevokedTokens } from './revoked-tokens.ts';
import type { PublishedKeyIds } from './revoked-tokens.ts';
import { TokenVerifier } from './token-verifier.ts';
import type { RemoteKeySources } from './token-verifier.ts';

/** Injects the {@link RemoteKeySources} of the issuers that a service accepts. */
export const ISSUER_KEYS = Symbol('issuer keys');

/**
 * What identity publishes is here before the first request wants it, and keys are asked for again before they are too old: no request waits for
 * identity, neither in a replica that has just started on a busy machine nor in one that is old. A key that identity has withdrawn counts here as
 * long as a token that it has revoked: for seconds.
 */
@Injectable()
export class IdentityNews implements OnModuleInit, OnApplicationShutdown {
  readonly #keys: RemoteKeySources;
  readonly #revocations: RevokedTokens;
  readonly #verifier: TokenVerifier;
  readonly #logger = new Logger('auth');
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(ISSUER_KEYS) keys: RemoteKeySources,
    @Inject(RevokedTokens) revocations: RevokedTokens,
    @Inject(TokenVerifier) verifier: TokenVerifier,
  ) {
    this.#keys = keys;
    this.#revocations = revocations;
    this.#verifier = verifier;
  }

  /** Never rejects: where identity does not answer, the first request asks it again, and is told. */
  async onModuleInit(): Promise<void> {
    this.#timer = setInterval(() => void this.#renew(this.#all()), LONGEST_SILENCE_MS / 2).unref();
    this.#revocations.onKeys(async (published) => this.#follow(published));
    await Promise.all([this.#renew(this.#all()), this.#revocations.ready()?.catch(() => undefined)]);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#revocations.stop();
  }

  #all(): IssuerKeys[] {
    return Object.values(this.#keys);
  }

  /** Other keys than those that are here: they are asked for now, and what was verified with the ones before is verified anew. */
  async #follow(published: PublishedKeyIds): Promise<void> {
    const outdated = (['people', 'workloads'] as const).flatMap((kind) => {
      const keys = this.#keys[kind];
      return keys && differ(keys.ids(), published[kind]) ? [keys] : [];
    });
    if (outdated.length === 0) return;
    await this.#renew(outdated);
    this.#verifier.forgetVerified();
  }

  async #renew(some: readonly IssuerKeys[]): Promise<void> {
    try {
      await Promise.all(some.map(async (keys) => keys.reload()));
    } catch (error) {
      this.#logger.warn({ msg: "issuer's keys could not be had, going on with what is here", err: error });
    }
  }
}

/** Not where one of them is not known. */
function differ(held: readonly string[] | undefined, published: readonly string[] | undefined): boolean {
  return held !== undefined && published !== undefined && held.toSorted().join('\n') !== published.toSorted().join('\n');
}
