import { nats } from './nats.ts';
import { postgres } from './postgres.ts';
import type { Store } from './store.ts';
import { valkey } from './valkey.ts';

/** By the kind of store that service cards name in `needs`. */
const STORES: Readonly<Record<string, Store>> = { postgres, valkey, nats };
export const STORE_KINDS = Object.keys(STORES);

/** What serves a need: `postgres`, or `orders-postgres`, which is one of that kind for a service alone. */
export function storeFor(need: string): Store | undefined {
  return STORES[need.slice(need.lastIndexOf('-') + 1)];
}
