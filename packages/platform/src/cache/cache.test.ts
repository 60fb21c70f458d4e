import { setImmediate as turn } from 'node:timers/promises';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { z } from 'zod';
import { Cache } from './cache.ts';
import type { CacheStore } from './cache.ts';

Logger.overrideLogger(false);

const PLACES = 256;
const Boat = z.object({ name: z.string() });

/** A store that is a map, and can be away. */
class MapStore implements CacheStore {
  readonly entries = new Map<string, { value: string; ttl: number }>();
  away = false;
  asked = 0;

  async get(key: string): Promise<string | null> {
    this.#ask();
    return this.entries.get(key)?.value ?? null;
  }

  async set(key: string, value: string, _expiry: 'PX', ttl: number): Promise<void> {
    this.#ask();
    this.entries.set(key, { value, ttl });
  }

  #ask(): void {
    this.asked += 1;
    if (this.away) throw new Error('ECONNREFUSED');
  }
}

describe('Cache', () => {
  let store: MapStore;
  let cache: Cache;
  const load = jest.fn(async () => ({ name: 'Gorch' }));
  const read = async () => cache.through({ key: 'boat:1', ttl: 1_000, schema: Boat, load });

  beforeEach(() => {
    store = new MapStore();
    cache = new Cache(store);
    load.mockClear();
  });

  it('loads once, then answers from the store', async () => {
    expect(await read()).toEqual({ name: 'Gorch' });
    expect(await read()).toEqual({ name: 'Gorch' });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('does not keep what JSON cannot say, says so once, and keeps the rest', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const schema = z.object({ tons: z.bigint() });
    for (let count = 0; count < 3; count += 1)
      expect(await cache.through({ key: 'cargo', ttl: 1_000, schema, load: async () => ({ tons: 10n }) })).toEqual({ tons: 10n });
    await turn();
    await read();
    await read();
    expect([[...store.entries.keys()], load.mock.calls.length, warn.mock.calls.length]).toEqual([['boat:1'], 1, 1]);
    warn.mockRestore();
  });

  it('ends entries a little apart', async () => {
    const ttls = new Set<number>();
    for (let count = 0; count < 20; count += 1) {
      await cache.through({ key: `boat:${count}`, ttl: 10_000, schema: Boat, load });
      ttls.add(store.entries.get(`boat:${count}`)?.ttl ?? 0);
    }
    expect(ttls.size).toBeGreaterThan(5);
    expect(Math.min(...ttls)).toBeGreaterThanOrEqual(9_000);
    expect(Math.max(...ttls)).toBeLessThanOrEqual(10_000);
  });

  describe('when many miss at once', () => {
    it('loads once for all of them', async () => {
      const answers = await Promise.all(Array.from({ length: 100 }, read));
      expect(load).toHaveBeenCalledTimes(1);
      expect(new Set(answers).size).toBe(1);
    });
  });

  describe('when the load fails', () => {
    it('says so to all who wait, keeps nothing, and tries again for the next', async () => {
      load.mockRejectedValueOnce(new Error('database is away'));
      const answers = await Promise.allSettled([read(), read()]);
      expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await read()).toEqual({ name: 'Gorch' });
    });
  });

  describe.each([
    ['no JSON', '{'],
    ['another shape', '{"title":"x"}'],
    ['another version’s value', '[]'],
  ])('when the store holds %s', (_case, value) => {
    it('loads, and mends it', async () => {
      store.entries.set('boat:1', { value, ttl: 1 });
      expect(await read()).toEqual({ name: 'Gorch' });
      expect(store.entries.get('boat:1')?.value).toBe('{"name":"Gorch"}');
    });
  });

  describe('when the store is away', () => {
    it('answers all the same, and leaves the store alone for a while', async () => {
      store.away = true;
      expect(await read()).toEqual({ name: 'Gorch' });
      const asked = store.asked;
      expect(await read()).toEqual({ name: 'Gorch' });
      expect(store.asked).toBe(asked);
    });
  });

  describe('when the store hangs', () => {
    it('keeps no more than it can hold waiting: whatever else is read is answered from the source at once', async () => {
      const get = jest.fn(async () => new Promise<never>(() => undefined));
      const hanging = new Cache({ get, set: async () => undefined });
      const of = async (key: number) => hanging.through({ key: `boat:${key}`, ttl: 1_000, schema: Boat, load });
      for (let key = 0; key < PLACES; key += 1) void of(key);
      expect(load).not.toHaveBeenCalled();
      expect(await Promise.race([of(PLACES), turn('waits')])).toEqual({ name: 'Gorch' });
      expect(get).toHaveBeenCalledTimes(PLACES);
    });
  });
});
