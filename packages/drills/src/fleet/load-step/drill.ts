import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { awaitCalm, awaitThat, MINIMUM, replicasOf, serving } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

/** What two replicas are enough for, at 16 requests in hand each, and four times as much. */
const BEFORE = 16;
const TIMES = 4;
const UP_MS = 45_000;
const DOWN_MS = 90_000;

export const drill: Drill = {
  title: 'Four times the load, from one moment to the next',
  practices: ['1.2'],
  attack: 'Four times as many customers as a moment ago read the catalog, without a pause. Then most of them go.',
  control:
    'The fleet measures at the edge how many requests are in hand, starts as many replicas as they need at once, and takes them away when the load has been low for a while.',
  refusals: ['SCALED'],
  async run(platform) {
    await awaitCalm(platform, 'catalog');
    const counts: number[] = [];
    const watch = setInterval(() => void replicasOf(platform, 'catalog').then((found) => counts.push(found.length)), 250);
    try {
      const before = Traffic.reads(platform, { clients: BEFORE, pause: 0 });
      await sleep(3_000);
      const step = Traffic.reads(platform, { clients: BEFORE * (TIMES - 1), pause: 0 });
      const up = await awaitThat(async () => (await serving(platform, 'catalog')) >= MINIMUM * 2, UP_MS);
      await sleep(1_000);
      await Promise.all([before.stop(), step.stop()]);
      const requests = before.answers.length + step.answers.length;
      const lost = [...before.lost, ...step.lost].length;
      if (up === undefined)
        return { kind: 'succeeded', reason: `${UP_MS / 1000} s later still ${MINIMUM} replicas bear it all`, facts: { requests, lost } };
      const down = await awaitThat(async () => (await replicasOf(platform, 'catalog')).length === MINIMUM, DOWN_MS);
      const turns = directions(counts);
      const facts = {
        requests,
        lost,
        'doubled after, ms': up,
        'most replicas': Math.max(...counts),
        'changes of direction': turns,
        ...(down === undefined ? {} : { 'back at the minimum after, ms': down }),
      };
      if (lost > 0)
        return {
          kind: 'succeeded',
          reason: `requests lost: ${lost} of ${requests}`,
          withheld: [`to keep it at ${MINIMUM} replicas`],
          facts,
        };
      if (down === undefined || turns > 1) throw new Error(`expected one way up and one way down, found ${JSON.stringify(facts)}`);
      return {
        kind: 'refused',
        code: 'SCALED',
        reason: `twice as many serve after ${up} ms, and ${MINIMUM} again ${down} ms after the load went`,
        facts,
      };
    } finally {
      clearInterval(watch);
    }
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};

/** How often the number of replicas went the other way. */
function directions(counts: readonly number[]): number {
  const signs = counts.slice(1).flatMap((count, index) => Math.sign(count - (counts[index] ?? count)) || []);
  return signs.filter((sign, index) => index > 0 && sign !== signs[index - 1]).length;
}
