import { postgres } from './postgres.ts';
import type { Store } from './store.ts';
import { valkey } from './valkey.ts';

/** By the name that service cards use in `needs`. */
export const STORES = { postgres, valkey } as const satisfies Record<string, Store>;
export type StoreName = keyof typeof STORES;

export function isStore(name: string): name is StoreName {
  return Object.hasOwn(STORES, name);
}
