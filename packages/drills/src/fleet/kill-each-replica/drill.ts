import type { Drill } from '../../drill.ts';
import { PayingCustomer } from '../../payments/paying-customer.ts';
import type { DrillPlatform } from '../../platform.ts';
import { nameOf, proveRemoved } from '../fleet-events.ts';
import { awaitThat } from '../../await-that.ts';
import { awaitCalm, awaitReplaced, MINIMUM, patienceOf, SCALED, serving } from '../replicas.ts';
import { Orders, Traffic } from '../traffic.ts';

export const drill: Drill = {
  title: 'Each replica is killed in turn, under load',
  practices: ['1.3', '1.4'],
  attack:
    'Somebody who may kill processes of the host kills (SIGKILL) every replica of catalog, of orders and of payments, one after another, while customers read, order and pay through the edge and try nothing twice.',
  control:
    'The fleet puts another in the place of a dead replica; the edge sends what was in its hands to one that lives; an order is taken once for its key, and paid once.',
  refusals: ['REPLACED'],
  async run(platform) {
    const victims = (
      await Promise.all(SCALED.map(async (service) => (await awaitCalm(platform, service)).map((replica) => ({ service, replica }))))
    ).flat();
    const [orders, payer] = await Promise.all([Orders.begin(platform), PayingCustomer.begin(platform)]);
    const traffic = [Traffic.reads(platform, { clients: 4 }), Traffic.of(orders.place, { clients: 2 }, 201)] as const;
    const [since, patience] = [Date.now(), await patienceOf(platform)];
    const times: (number | undefined)[] = [];
    for (const { service, replica } of victims) {
      await platform.docker.getContainer(replica.Id).kill();
      // where nobody comes the others are killed at once, and waited for together
      times.push(times.includes(undefined) ? undefined : await awaitReplaced(platform, service, replica.Id, MINIMUM, patience));
    }
    const missing = times.filter((ms) => ms === undefined).length;
    if (missing > 0) await awaitThat(async () => (await served(platform)).length > 0, patience);
    await Promise.all([...traffic, payer].map(async (one) => one.stop()));
    const [reads, writes] = traffic;
    const requests = { 'replicas killed': victims.length, reads: reads.answers.length, orders: writes.answers.length };
    if (missing > 0) {
      const withheld = [
        ...(await served(platform)).map((service) => `the end of ${service}`),
        ...(reads.lost.length > 0 ? [] : ['reads']),
        ...(writes.lost.length > 0 ? [] : ['orders']),
      ];
      return {
        kind: 'succeeded',
        reason: `nobody took the place of ${missing} of ${victims.length}; reads that failed: ${reads.losses}, orders that failed: ${writes.losses}`,
        withheld,
        facts: requests,
      };
    }
    const withheld = victims.map(({ service }) => `a place of ${service}`);
    const { accepted, lost, doubled } = await orders.audit();
    const paid = await payer.end();
    const facts = {
      ...requests,
      'orders accepted': accepted,
      'orders to be paid': paid.accepted,
      'slowest replacement, ms': Math.max(...times.map((ms) => ms ?? 0)),
      'slowest read, ms': reads.slowest,
    };
    const [gone, twice] = [lost + paid.lost, doubled + paid.doubled];
    if (gone + twice > 0) return { kind: 'succeeded', reason: `${gone} accepted orders lost, ${twice} doubled`, withheld, facts };
    if (paid.unpaid + paid.chargedTwice > 0)
      return {
        kind: 'succeeded',
        reason: `${paid.unpaid} of ${paid.accepted} orders not paid, ${paid.chargedTwice} charged twice`,
        withheld,
        facts,
      };
    const failures = [reads.losses, writes.losses, paid.failures];
    if (failures.some((one) => one !== 'none'))
      return {
        kind: 'succeeded',
        reason: `requests failed: reads ${failures[0]}, orders ${failures[1]}, paid orders ${failures[2]}`,
        withheld,
        facts,
      };
    for (const { service, replica } of victims) await proveRemoved(platform, { service, replica: nameOf(replica), since }, 'DEAD');
    return {
      kind: 'refused',
      code: 'REPLACED',
      reason: `all ${victims.length} were replaced; no request failed, no order was lost, doubled or charged twice`,
      facts,
    };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', ...SCALED],
    without: ['fleet'],
  },
};

/** Services of which a replica serves. */
async function served(platform: DrillPlatform): Promise<string[]> {
  const counts = await Promise.all(SCALED.map(async (service) => ({ service, count: await serving(platform, service) })));
  return counts.filter(({ count }) => count > 0).map(({ service }) => service);
}
