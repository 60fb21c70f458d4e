import { setTimeout as sleep } from 'node:timers/promises';
import { OWNER_LABEL } from '@seaworthy/contracts';
import type { Drill } from '../../drill.ts';
import type { DrillPlatform } from '../../platform.ts';
import { readBooks } from '../books.ts';
import type { Books } from '../books.ts';
import { Customer } from '../customer.ts';
import { PersistentCustomer } from '../persistent-customer.ts';
import type { Accepted } from '../persistent-customer.ts';

/** In this order, each away for so many ms. NATS for longer: what orders have to tell must have tried to get there. */
const RESTARTED = { 'orders-postgres': 1_000, nats: 4_000, valkey: 1_000, edge: 1_000 };
const CLIENTS = 4;
const GRACE_S = 5;
const SETTLE_MS = 1_000;
/** After which what still waits in the outbox counts as lost. */
const DELIVERY_MS = 15_000;
const AT_ONCE = 10;

export const drill: Drill = {
  title: 'PostgreSQL, NATS, Valkey and the edge are restarted under load, one after the other',
  practices: ['1.4'],
  attack:
    'While customers order, whatever holds their orders and carries them is stopped and started again; customers send what was not answered again, under the same key.',
  control:
    'Order, key and event are one transaction; a retry with the key gets the first answer; an event leaves the outbox when NATS has said that it is on its disk.',
  refusals: ['NOTHING_LOST'],
  slow: true,
  async run(platform) {
    const since = Date.now();
    const marina = await Customer.signIn(platform, 'marina');
    const clients = Array.from({ length: CLIENTS }, () => new PersistentCustomer(marina));
    const stop = new AbortController();
    const durations: Record<string, number> = {};
    const load = Promise.all(clients.map(async (client) => client.keepOrdering(stop.signal)));
    // whoever fails first is told of, and nobody waits for the others
    const restarts = (async () => {
      for (const [service, awayMs] of Object.entries(RESTARTED)) {
        const from = Date.now();
        await restart(platform, service, awayMs);
        durations[`restart of ${service}, ms`] = Date.now() - from;
        await sleep(SETTLE_MS);
      }
    })();
    try {
      await Promise.race([restarts, load]);
    } finally {
      stop.abort();
    }
    await Promise.all([restarts, load]);
    const accepted = clients.flatMap((client) => client.accepted);
    try {
      const faults = await compare(platform, since, accepted);
      const facts = {
        ...durations,
        orders: accepted.length,
        'sent again': clients.reduce((sum, { retries }) => sum + retries, 0),
        ...faults,
      };
      const bad = Object.entries(faults).filter(([, count]) => count > 0);
      if (bad.length > 0) return { kind: 'succeeded', reason: bad.map(([what, count]) => `${what}: ${count}`).join(', '), facts };
      return { kind: 'refused', code: 'NOTHING_LOST', reason: `each of ${accepted.length} orders is there once, and told once`, facts };
    } finally {
      for (let rest = accepted; rest.length > 0; rest = rest.slice(AT_ONCE))
        await Promise.all(rest.slice(0, AT_ONCE).map(async ({ order }) => marina.cancel(order.id)));
    }
  },
  withoutControl: {
    summary: 'a copy of the platform whose orders takes an event for told once it was sent, whether or not NATS has said that it has it',
    services: ['identity', 'catalog', 'orders', 'edge'],
    builds: {
      orders: [
        {
          file: 'packages/platform/src/delivery/outbox.ts',
          found: 'published: await publish(row) })',
          becomes: 'published: (await publish(row)) || true })',
        },
      ],
    },
  },
};

async function restart(platform: DrillPlatform, service: string, awayMs: number): Promise<void> {
  const label = [`${OWNER_LABEL}=${platform.project}`, `com.docker.compose.service=${service}`, 'com.docker.compose.oneoff=False'];
  const [found] = await platform.docker.listContainers({ filters: { label } });
  if (found === undefined) throw new Error(`expected a container of ${service}, found none`);
  const container = platform.docker.getContainer(found.Id);
  await container.stop({ t: GRACE_S });
  await sleep(awayMs);
  await container.start();
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
