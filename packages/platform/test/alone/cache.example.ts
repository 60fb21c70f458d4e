import { Cache } from '@seaworthy/platform/cache';
import type { CacheStore } from '@seaworthy/platform/cache';
import { z } from 'zod';

const Tide = z.object({ high: z.string() });

/** `store` is a Valkey client, or whatever has its `get` and `set`. Whether it answers or not, this does. */
export function tideTable(store: CacheStore, load: () => Promise<z.infer<typeof Tide>>) {
  const cache = new Cache(store);
  return async () => cache.through({ key: 'tide', ttl: 60_000, schema: Tide, load });
}
