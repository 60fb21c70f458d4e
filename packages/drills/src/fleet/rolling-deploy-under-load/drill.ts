import type { Drill } from '../../drill.ts';
import { awaitCalm, SCALED } from '../replicas.ts';
import { Orders, Traffic } from '../traffic.ts';

const CHANGED = Object.fromEntries(SCALED.map((service) => [service, { LOG_LEVEL: 'warn' }]));
const AS_BEFORE = Object.fromEntries(SCALED.map((service) => [service, {}]));

export const drill: Drill = {
  title: 'All replicas are replaced by a new version, under load',
  practices: ['1.3', '1.4'],
  attack:
    'A new version of catalog, orders and payments is deployed while customers read and order through the edge and try nothing twice.',
  control: 'One more first, then one drains: it says that it is no longer ready, finishes what it has in hand, and goes.',
  refusals: ['NOTHING_LOST'],
  async run(platform) {
    const before = new Set((await Promise.all(SCALED.map(async (service) => awaitCalm(platform, service)))).flat().map(({ Id }) => Id));
    const orders = await Orders.begin(platform);
    const traffic = [Traffic.reads(platform, { clients: 6, pause: 2 }), Traffic.of(orders.place, { clients: 2, pause: 10 }, 201)] as const;
    try {
      await platform.rollOut(CHANGED);
    } finally {
      await Promise.all(traffic.map(async (one) => one.stop()));
    }
    const [reads, writes] = traffic;
    // the last of the old may still finish what it has in hand
    const there = (await Promise.all(SCALED.map(async (service) => awaitCalm(platform, service)))).flat();
    await platform.rollOut(AS_BEFORE);
    const old = there.filter(({ Id }) => before.has(Id)).length;
    if (old > 0) throw new Error(`expected every replica to be a new one, found ${old} old ones`);
    const facts = { reads: reads.answers.length, orders: writes.answers.length, 'slowest read, ms': reads.slowest };
    const failed = reads.lost.length + writes.lost.length;
    if (failed > 0) return { kind: 'succeeded', reason: `requests failed: reads ${reads.losses}, orders ${writes.losses}`, facts };
    const { accepted, lost, doubled } = await orders.audit();
    if (lost + doubled > 0) return { kind: 'succeeded', reason: `${lost} accepted orders lost, ${doubled} doubled`, facts };
    return {
      kind: 'refused',
      code: 'NOTHING_LOST',
      reason: `each replica is a new one, and each of ${reads.answers.length + writes.answers.length} requests was answered`,
      facts: { ...facts, 'orders accepted': accepted },
    };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet: compose puts the new version in the place of the old one',
    services: ['identity', 'edge', 'catalog', 'orders', 'payments'],
    without: ['fleet'],
  },
};
