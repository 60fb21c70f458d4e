import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { readWithoutCache } from '../../fleet/traffic.ts';
import { restartContainer } from '../../restart-container.ts';
import { Customer } from '../customer.ts';
import { verdict } from '../ledger.ts';
import { PersistentCustomer } from '../persistent-customer.ts';

/** In this order, each away for so many ms. NATS for longer: what orders have to tell must have tried to get there. */
const RESTARTED = { 'orders-postgres': 1_000, nats: 4_000, valkey: 1_000, edge: 1_000 };
const CLIENTS = 4;
const SETTLE_MS = 1_000;

export const drill: Drill = {
  title: 'PostgreSQL, NATS, Valkey and the edge are restarted under load, one after the other',
  practices: ['1.4'],
  attack:
    'While customers order and read, whatever holds their orders, carries them or keeps the catalog at hand is stopped and started again. Customers send an order that was not answered again, under the same key.',
  control:
    'Order, key and event are one transaction; a retry with the key gets the first answer; an event leaves the outbox when NATS has said that it is on its disk. A cache that is away is gone without.',
  refusals: ['NOTHING_LOST'],
  async run(platform) {
    const since = Date.now();
    const marina = await Customer.signIn(platform, 'marina');
    const clients = Array.from({ length: CLIENTS }, () => new PersistentCustomer(marina));
    const stop = new AbortController();
    const facts: Record<string, number> = {};
    const load = Promise.all(clients.map(async (client) => client.keepOrdering(stop.signal)));
    // whoever fails first is told of, and nobody waits for the others
    const restarts = (async () => {
      for (const [service, awayMs] of Object.entries(RESTARTED)) {
        const from = Date.now();
        const restart = async (): Promise<void> => restartContainer(platform, service, awayMs);
        if (service === 'valkey') facts['reads without Valkey'] = await readWithoutCache(platform, restart);
        else await restart();
        facts[`restart of ${service}, ms`] = Date.now() - from;
        await sleep(SETTLE_MS);
      }
    })();
    try {
      await Promise.race([restarts, load]);
    } finally {
      stop.abort();
    }
    await Promise.all([restarts, load]);
    return verdict(platform, { since, marina, clients, facts });
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
