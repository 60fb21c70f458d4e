import { join } from 'node:path';
import { parseFindings } from '../findings.ts';
import type { DrillPlatform } from '../platform.ts';

/** What the stores of orders hold since a moment. */
export interface Books {
  readonly orders: readonly { readonly id: string; readonly owner: string; readonly status: string; readonly totalCents: number }[];
  readonly events: readonly { readonly id: string; readonly orderId: string; readonly type: string; readonly published: boolean }[];
  /** pieces that can be sold, by product */
  readonly stock: Readonly<Record<string, number>>;
  /** message ids of the stream, which are those of events, as often as they are there */
  readonly messages: readonly string[];
}

/** Reads the stores themselves: what a service answers is no proof of what it did. `since`: milliseconds since the epoch. */
export async function readBooks(platform: DrillPlatform, since: number): Promise<Books> {
  const program = { file: join(import.meta.dirname, 'books.program.ts'), args: [JSON.stringify({ since })] };
  return parseFindings<Books>(await platform.inPlaceOf('orders', { program }));
}
