import type { Drill } from '../../drill.ts';
import { PayingCustomer } from '../../payments/paying-customer.ts';
import type { DrillPlatform } from '../../platform.ts';
import { awaitCalm, SCALED } from '../replicas.ts';
import { Orders, Traffic } from '../traffic.ts';
import { verdictOf } from './verdict.ts';

const CHANGED = Object.fromEntries(SCALED.map((service) => [service, { LOG_LEVEL: 'warn' }]));
const AS_BEFORE = Object.fromEntries(SCALED.map((service) => [service, {}]));

export const drill: Drill = {
  title: 'All replicas are replaced by a new version, under load',
  practices: ['1.3', '1.4'],
  attack:
    'A new version of catalog, orders and payments is deployed while customers read, order and pay through the edge and try nothing twice.',
  control: 'One more first, then one drains: it says that it is no longer ready, finishes what it has in hand, and goes.',
  refusals: ['NOTHING_LOST'],
  async run(platform) {
    const before = new Set((await Promise.all(SCALED.map(async (service) => awaitCalm(platform, service)))).flat().map(({ Id }) => Id));
    const orders = await Orders.begin(platform);
    const payer = await PayingCustomer.begin(platform);
    const traffic = [Traffic.reads(platform, { clients: 6, pause: 2 }), Traffic.of(orders.place, { clients: 2, pause: 10 }, 201)] as const;
    const undo = await deployChange(platform, [...traffic, payer]);
    const [reads, writes] = traffic;
    const { there, sold, paid } = await settle(platform, orders, payer, undo);
    const old = there.filter(({ Id }) => before.has(Id)).length;
    if (old > 0) throw new Error(`expected every replica to be a new one, found ${old} old ones`);
    return verdictOf({ reads, writes, sold, paid });
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet: compose puts the new version in the place of the old one',
    services: ['identity', 'edge', 'catalog', 'orders', 'payments'],
    without: ['fleet'],
  },
};

type Undo = () => Promise<void>;

/** Ends the load as well. Returns how all is deployed as it was before. */
async function deployChange(platform: DrillPlatform, load: readonly { stop(): Promise<void> }[]): Promise<Undo> {
  try {
    return await platform.undoable(
      async () => platform.rollOut(CHANGED),
      async () => platform.rollOut(AS_BEFORE),
    );
  } finally {
    await Promise.all(load.map(async (one) => one.stop()));
  }
}

/** When the last of the old have finished what they had in hand: who is there, and what became of the orders. Then all is deployed as it was before. */
async function settle(platform: DrillPlatform, orders: Orders, payer: PayingCustomer, undo: Undo) {
  try {
    const there = (await Promise.all(SCALED.map(async (service) => awaitCalm(platform, service)))).flat();
    return { there, sold: await orders.audit(), paid: await payer.end() };
  } finally {
    await undo();
  }
}
