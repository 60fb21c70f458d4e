import { Logger } from '@nestjs/common';
import { isBrokenCircuitError, isBulkheadRejectedError } from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import type { z } from 'zod';
import { guardPolicy } from '../resilience/guard.policy.ts';

/** What the cache needs of a Valkey client. */
export interface CacheStore {
  get(key: string): Promise<string | null>;
  set(key: string, value: string, expiry: 'PX', milliseconds: number): Promise<unknown>;
}

export interface CachePolicy<T> {
  key: string;
  /** ms; up to a tenth is taken off at random, so that entries made together do not end together */
  ttl: number;
  /** what is in the cache is checked like any input: another version's entry is a miss, not an error */
  schema: z.ZodType<T>;
  load: () => Promise<T>;
}

/** Requests must not each wait for a dead server: after one failure it is left alone for a second. More at once than this go to the source. */
const GUARD = { bounds: { inFlight: 256, waiting: 0 }, away: () => true, failures: 1, rest: 1_000 };

/**
 * Cache-aside. The source of truth is `load`; a store that is away, slow or full of nonsense costs speed, never an answer. Concurrent
 * misses of one key share one `load`, so a popular entry's end gives one query a replica, not one a request.
 */
export class Cache {
  readonly #store: CacheStore;
  readonly #logger = new Logger('cache');
  readonly #loading = new Map<string, Promise<unknown>>();
  readonly #policy: IPolicy = guardPolicy(GUARD);
  #warned = false;

  constructor(store: CacheStore) {
    this.#store = store;
  }

  async through<T>(policy: CachePolicy<T>): Promise<T> {
    const pending = this.#loading.get(policy.key) as Promise<T> | undefined;
    if (pending) return pending;
    const value = this.#fetch(policy).finally(() => this.#loading.delete(policy.key));
    this.#loading.set(policy.key, value);
    return value;
  }

  async #fetch<T>({ key, ttl, schema, load }: CachePolicy<T>): Promise<T> {
    const cached = await this.#attempt(async () => this.#store.get(key));
    const known = cached ? parse(cached, schema) : undefined;
    if (known) return known.value;
    const value = await load();
    const text = this.#asText(key, value);
    // not awaited: the answer does not depend on it, and `#attempt` never rejects
    if (text !== undefined) void this.#attempt(async () => this.#store.set(key, text, 'PX', jitter(ttl)));
    return value;
  }

  /** Nothing, for what JSON cannot say (a BigInt, a ring): the store is not at fault, and serves the other keys. */
  #asText(key: string, value: unknown): string | undefined {
    try {
      return JSON.stringify(value);
    } catch (error) {
      if (!this.#warned) this.#logger.warn({ msg: 'a value is no JSON, it is not kept in the cache', key, err: error });
      this.#warned = true;
      return undefined;
    }
  }

  /** Not tried again: the source has the answer sooner. */
  async #attempt<R>(work: () => Promise<R>): Promise<R | undefined> {
    try {
      return await this.#policy.execute(work);
    } catch (error) {
      if (!isBrokenCircuitError(error) && !isBulkheadRejectedError(error)) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#logger.warn({ msg: 'cache is away, answering without it', reason });
      }
      return undefined;
    }
  }
}

function parse<T>(text: string, schema: z.ZodType<T>): { value: T } | undefined {
  try {
    const result = schema.safeParse(JSON.parse(text));
    return result.success ? { value: result.data } : undefined;
  } catch {
    return undefined;
  }
}

function jitter(ttl: number): number {
  return Math.max(1, Math.round(ttl * (1 - Math.random() / 10)));
}
