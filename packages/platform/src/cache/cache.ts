import { Logger } from '@nestjs/common';
import type { z } from 'zod';

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

/** After a failure the store is left alone for so long: requests must not each wait for a dead server. */
const REST_MS = 1_000;

/**
 * Cache-aside. The source of truth is `load`; a store that is away, slow or full of nonsense costs speed, never an answer. Concurrent
 * misses of one key share one `load`, so a popular entry's end gives one query a replica, not one a request.
 */
export class Cache {
  readonly #store: CacheStore;
  readonly #logger = new Logger('cache');
  readonly #loading = new Map<string, Promise<unknown>>();
  #restUntil = 0;

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
    // not awaited: the answer does not depend on it, and `#attempt` never rejects
    void this.#attempt(async () => this.#store.set(key, JSON.stringify(value), 'PX', jitter(ttl)));
    return value;
  }

  async #attempt<R>(work: () => Promise<R>): Promise<R | undefined> {
    if (Date.now() < this.#restUntil) return undefined;
    try {
      return await work();
    } catch (error) {
      this.#restUntil = Date.now() + REST_MS;
      this.#logger.warn({ msg: 'cache is away, answering without it', reason: error instanceof Error ? error.message : String(error) });
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
