import type { Drill } from '../../drill.ts';
import { awaitCalm, awaitReplaced, MINIMUM } from '../replicas.ts';
import { Orders, Traffic } from '../traffic.ts';

/** So long a replacement may take; without the fleet, nobody comes, and it is waited for in vain. */
const PATIENCE_MS = 45_000;
const PATIENCE_WITHOUT_MS = 2_500;
const SERVICES = ['catalog', 'orders'] as const;

export const drill: Drill = {
  title: 'Each replica is killed in turn, under load',
  practices: ['1.3', '1.4'],
  attack:
    'Somebody who may kill processes of the host kills (SIGKILL) every replica of catalog and of orders, one after another, while customers read and order through the edge and try nothing twice.',
  control:
    'The fleet puts another in the place of a dead replica; the edge sends what was in its hands to one that lives; an order is taken once for its key.',
  refusals: ['REPLACED'],
  async run(platform) {
    const victims = (
      await Promise.all(SERVICES.map(async (service) => (await awaitCalm(platform, service)).map(({ Id }) => ({ service, id: Id }))))
    ).flat();
    const orders = await Orders.begin(platform);
    const traffic = [Traffic.reads(platform, { clients: 4 }), Traffic.of(orders.place, { clients: 2 }, 201)] as const;
    const patience = (await platform.hasFleet()) ? PATIENCE_MS : PATIENCE_WITHOUT_MS;
    const times: (number | undefined)[] = [];
    for (const { service, id } of victims) {
      await platform.docker.getContainer(id).kill();
      times.push(await awaitReplaced(platform, service, id, MINIMUM, patience));
    }
    await Promise.all(traffic.map(async (one) => one.stop()));
    const [reads, writes] = traffic;
    const missing = times.filter((ms) => ms === undefined).length;
    const requests = { 'replicas killed': victims.length, reads: reads.answers.length, orders: writes.answers.length };
    if (missing > 0) {
      return {
        kind: 'succeeded',
        reason: `nobody took the place of ${missing} of ${victims.length}; reads that failed: ${reads.losses}, orders that failed: ${writes.losses}`,
        facts: requests,
      };
    }
    const { accepted, lost, doubled } = await orders.audit();
    const facts = {
      ...requests,
      'orders accepted': accepted,
      'slowest replacement, ms': Math.max(...times.map((ms) => ms ?? 0)),
      'slowest read, ms': reads.slowest,
    };
    if (lost + doubled > 0) return { kind: 'succeeded', reason: `${lost} accepted orders lost, ${doubled} doubled`, facts };
    const failed = reads.lost.length + writes.lost.length;
    if (failed > 0) return { kind: 'succeeded', reason: `requests failed: reads ${reads.losses}, orders ${writes.losses}`, facts };
    return {
      kind: 'refused',
      code: 'REPLACED',
      reason: `all ${victims.length} were replaced; no request failed, no order lost or doubled`,
      facts,
    };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog', 'orders'],
    without: ['fleet'],
  },
};
