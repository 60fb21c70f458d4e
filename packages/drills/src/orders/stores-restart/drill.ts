import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { readWithoutCache } from '../../fleet/traffic.ts';
import { PayingCustomer } from '../../payments/paying-customer.ts';
import { restartContainer } from '../../restart-container.ts';
import { Customer } from '../customer.ts';
import { verdict } from '../ledger.ts';
import { PersistentCustomer } from '../persistent-customer.ts';
import { askCatalog, askPayments, harmOf } from './ask-meanwhile.ts';
import type { Met } from './ask-meanwhile.ts';
import { endedSince, lives } from './lives.ts';

/** In this order, each away for so many ms. NATS for longer: what orders have to tell must have tried to get there. */
const RESTARTED = { 'orders-postgres': 1_000, postgres: 1_000, 'payments-postgres': 1_000, nats: 4_000, valkey: 1_000, edge: 1_000 };
const CLIENTS = 4;
const SETTLE_MS = 1_000;

export const drill: Drill = {
  title: 'Each PostgreSQL, NATS, Valkey and the edge are restarted under load, one after the other',
  practices: ['1.4'],
  attack:
    'While customers order and read, whatever holds the catalog, their orders and their payments, carries them or keeps the catalog at hand is stopped and started again. Customers send an order that was not answered again, under the same key.',
  control:
    'Order, key and event are one transaction; a retry with the key gets the first answer; an event leaves the outbox when NATS has said that it is on its disk. A cache that is away is gone without; without its database a service refuses, and serves again when that is back.',
  refusals: ['NOTHING_LOST'],
  async run(platform) {
    const since = Date.now();
    const marina = await Customer.signIn(platform, 'marina');
    const clients = Array.from({ length: CLIENTS }, () => new PersistentCustomer(marina));
    const stop = new AbortController();
    const facts: Record<string, number> = {};
    const harm: string[] = [];
    const before = await lives(platform);
    const load = Promise.all(clients.map(async (client) => client.keepOrdering(stop.signal)));
    // whoever fails first is told of, and nobody waits for the others
    const restarts = (async () => {
      let payer: PayingCustomer | undefined;
      for (const [service, awayMs] of Object.entries(RESTARTED)) {
        const from = Date.now();
        const restart = async (): Promise<void> => restartContainer(platform, service, awayMs);
        let met: Met | undefined;
        if (service === 'valkey') facts['reads without Valkey'] = await readWithoutCache(platform, restart);
        else if (service === 'postgres') met = await askCatalog(platform, restart);
        else if (service === 'payments-postgres') {
          payer = await PayingCustomer.begin(platform);
          met = await askPayments(platform, payer, restart);
        } else await restart();
        if (met !== undefined) {
          if (met.refused === 0) throw new Error(`expected customers to be refused without ${service}, found nobody who was`);
          facts[`refused without ${service}`] = met.refused;
          facts[`slowest answer without ${service}, ms`] = met.slowest;
        }
        if (met?.harm !== undefined) harm.push(`without ${service} ${met.harm}`);
        facts[`restart of ${service}, ms`] = Date.now() - from;
        await sleep(SETTLE_MS);
      }
      return payer;
    })();
    try {
      await Promise.race([restarts, load]);
    } finally {
      stop.abort();
    }
    const [payer] = await Promise.all([restarts, load]);
    const unpaid = payer && (await harmOf(payer));
    if (unpaid !== undefined) harm.push(unpaid);
    harm.push(...(await endedSince(platform, before, since)).map((what) => `ended: ${what}`));
    const outcome = await verdict(platform, { since, marina, clients, facts });
    if (outcome.kind === 'succeeded') {
      const isUntold = Number(outcome.facts?.['events never told'] ?? 0) > 0;
      return { ...outcome, withheld: isUntold ? [] : ['an order of which nobody is told'] };
    }
    if (harm.length === 0) return outcome;
    return { kind: 'succeeded', reason: harm.join('; '), withheld: ['orders of marina'], facts };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose orders takes an event for told once it was sent, whether or not NATS has said that it has it; what holds while the other stores restart is left as it is',
    services: ['identity', 'catalog', 'orders', 'payments', 'edge'],
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
