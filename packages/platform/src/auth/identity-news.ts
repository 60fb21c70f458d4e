import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { LONGEST_SILENCE_MS, RevokedTokens } from './revoked-tokens.ts';
import type { RemoteKeySources } from './token-verifier.ts';

/** Injects the {@link RemoteKeySources} of the issuers that a service accepts. */
export const ISSUER_KEYS = Symbol('issuer keys');

/**
 * What identity publishes is here before the first request wants it, and keys are asked for again before they are too old: no request waits for
 * identity, neither in a replica that has just started on a busy machine nor in one that is old.
 */
@Injectable()
export class IdentityNews implements OnModuleInit, OnApplicationShutdown {
  readonly #keys: RemoteKeySources;
  readonly #revocations: RevokedTokens;
  readonly #logger = new Logger('auth');
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(ISSUER_KEYS) keys: RemoteKeySources, @Inject(RevokedTokens) revocations: RevokedTokens) {
    this.#keys = keys;
    this.#revocations = revocations;
  }

  /** Never rejects: where identity does not answer, the first request asks it again, and is told. */
  async onModuleInit(): Promise<void> {
    this.#timer = setInterval(() => void this.#renewKeys(), LONGEST_SILENCE_MS / 2).unref();
    await Promise.all([this.#renewKeys(), this.#revocations.ready().catch(() => undefined)]);
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
    this.#revocations.stop();
  }

  async #renewKeys(): Promise<void> {
    try {
      await Promise.all(Object.values(this.#keys).map(async (keys) => keys.reload()));
    } catch (error) {
      this.#logger.warn({ msg: "issuer's keys could not be had, going on with what is here", err: error });
    }
  }
}
