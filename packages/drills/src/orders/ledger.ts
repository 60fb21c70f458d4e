import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts, Outcome } from '../drill.ts';
import type { DrillPlatform } from '../platform.ts';
import { readBooks } from './books.ts';
import type { Books } from './books.ts';
import type { Customer } from './customer.ts';
import type { Accepted, PersistentCustomer } from './persistent-customer.ts';

/** After which what still waits in the outbox counts as lost. */
const DELIVERY_MS = 15_000;
const AT_ONCE = 10;

export interface Sold {
  /** milliseconds since the epoch; nobody else ordered as marina meanwhile */
  readonly since: number;
  readonly marina: Customer;
  readonly clients: readonly PersistentCustomer[];
  /** what else was seen */
  readonly facts: Facts;
}

/** Whether each order that was accepted is there once and told once; then takes them all back. */
export async function verdict(platform: DrillPlatform, { since, marina, clients, facts: seen }: Sold): Promise<Outcome> {
  const accepted = clients.flatMap((client) => client.accepted);
  try {
    const faults = await compare(platform, since, accepted);
    const retries = clients.reduce((sum, client) => sum + client.retries, 0);
    const facts = { ...seen, orders: accepted.length, 'sent again': retries, ...faults };
    const bad = Object.entries(faults).filter(([, count]) => count > 0);
    if (bad.length > 0) return { kind: 'succeeded', reason: bad.map(([what, count]) => `${what}: ${count}`).join(', '), facts };
    return { kind: 'refused', code: 'NOTHING_LOST', reason: `each of ${accepted.length} orders is there once, and told once`, facts };
  } finally {
    for (let rest = accepted; rest.length > 0; rest = rest.slice(AT_ONCE))
      await Promise.all(rest.slice(0, AT_ONCE).map(async ({ order }) => marina.cancel(order.id)));
  }
}

/** What customers were told, against what the stores hold. */
async function compare(platform: DrillPlatform, since: number, accepted: readonly Accepted[]) {
  const books = await settled(platform, since);
  const [told, kept] = [new Set(accepted.map(({ order }) => order.id)), new Set(books.orders.map(({ id }) => id))];
  const messages = new Map<string, number>();
  for (const id of books.messages) messages.set(id, (messages.get(id) ?? 0) + 1);
  const events = books.events.filter(({ orderId }) => told.has(orderId));
  return {
    'orders lost': [...told].filter((id) => !kept.has(id)).length,
    // a customer has one order for a key, and every order was answered under its key
    'orders doubled': accepted.length - told.size + books.orders.filter(({ id, owner }) => owner === 'marina' && !told.has(id)).length,
    'events missing': [...told].filter((id) => events.filter(({ orderId }) => orderId === id).length !== 1).length,
    'events never told': events.filter(({ id }) => !messages.has(id)).length,
    'events told twice': events.filter(({ id }) => (messages.get(id) ?? 0) > 1).length,
  };
}

async function settled(platform: DrillPlatform, since: number): Promise<Books> {
  for (const until = Date.now() + DELIVERY_MS; ;) {
    const books = await readBooks(platform, since);
    if (books.events.every(({ published }) => published) || Date.now() > until) return books;
    await sleep(500);
  }
}
