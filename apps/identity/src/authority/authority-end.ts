import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import { RENEW_INTERMEDIATE_MS } from '@seaworthy/contracts';
import { LeafAuthority } from './leaf-authority.ts';

const DAY_MS = 86_400_000;
/** By the wall clock, as timers stand still while a machine sleeps. */
const LOOK_EVERY_MS = 3_600_000;

/** Says once a day that the intermediate is about to end: only `npm start` renews it, and without it every certificate ends on that day. */
@Injectable()
export class AuthorityEnd implements OnModuleInit, OnApplicationShutdown {
  readonly #authority: LeafAuthority;
  readonly #logger = new Logger('authority');
  #said = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(LeafAuthority) authority: LeafAuthority) {
    this.#authority = authority;
  }

  onModuleInit(): void {
    this.look();
    this.#timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  look(now: number = Date.now()): void {
    const { end } = this.#authority;
    if (end.getTime() - now > RENEW_INTERMEDIATE_MS || now - this.#said < DAY_MS) return;
    this.#said = now;
    this.#logger.warn({ msg: 'the intermediate certificate ends, and every other one with it; run npm start, which renews it', ends: end });
  }
}
