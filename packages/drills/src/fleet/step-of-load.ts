import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../drill.ts';
import type { DrillPlatform } from '../platform.ts';
import { awaitThat } from '../await-that.ts';
import { awaitCalm, MINIMUM, replicasOf, serving } from './replicas.ts';

/** What such a step is answered with. */
export const SCALING =
  'The fleet measures at the edge how many requests are in hand, starts as many replicas as they need at once, and takes them away when the load has been low for a while.';

/** What two replicas are enough for, at 16 requests in hand each, and four times as much. */
const BEFORE = 16;
const TIMES = 4;
/** So many in hand, on the average of a second, want four replicas. */
const WANTED = 49;
const SAMPLES = 10;
/** More than that one process cannot bring. */
const MOST = 256;
/** On a busy machine a start takes long, and another start more. Where nobody comes, it is waited for in vain. */
const UP_MS = 120_000;
const IN_VAIN_MS = 45_000;
const DOWN_MS = 90_000;

/** Customers who are at it until they are told to stop. */
export interface Load {
  stop(): Promise<{ readonly requests: number; readonly lost: number }>;
}

/** Four times as many customers of a service from one moment to the next; when twice as many replicas serve, all of them go. */
export async function stepOfLoad(platform: DrillPlatform, service: string, begin: (customers: number) => Promise<Load>): Promise<Outcome> {
  await awaitCalm(platform, service);
  const counts: number[] = [];
  const watch = setInterval(() => void replicasOf(platform, service).then((found) => counts.push(found.length)), 250);
  const loads: Load[] = [];
  try {
    loads.push(await begin(BEFORE));
    await sleep(3_000);
    const patience = (await platform.hasFleet()) ? UP_MS : IN_VAIN_MS;
    let since = performance.now();
    let isDoubled = false;
    const add = async (customers: number): Promise<void> => {
      since = performance.now();
      loads.push(await begin(customers));
    };
    await add(BEFORE * (TIMES - 1));
    const [up, inHand] = await Promise.all([
      awaitThat(async () => (isDoubled = (await serving(platform, service)) >= MINIMUM * 2), patience).then((ms) =>
        ms === undefined ? undefined : Math.round(performance.now() - since),
      ),
      fill(platform, service, add, () => isDoubled),
    ]);
    await sleep(1_000);
    const ended = await Promise.all(loads.splice(0).map(async (load) => load.stop()));
    const requests = ended.reduce((sum, one) => sum + one.requests, 0);
    const lost = ended.reduce((sum, one) => sum + one.lost, 0);
    if (requests === lost) throw new Error(`expected a load that is answered, found ${lost} of ${requests} requests lost`);
    if (up === undefined)
      return {
        kind: 'succeeded',
        reason: `${patience / 1000} s later still ${MINIMUM} replicas bear ${inHand} requests at once`,
        facts: { requests, lost, 'in hand at once': inHand },
      };
    const down = await awaitThat(async () => (await replicasOf(platform, service)).length === MINIMUM, DOWN_MS);
    const turns = directions(counts);
    const facts = {
      requests,
      lost,
      'in hand at once': inHand,
      'doubled after, ms': up,
      'most replicas': Math.max(...counts),
      'changes of direction': turns,
      ...(down === undefined ? {} : { 'back at the minimum after, ms': down }),
    };
    if (lost > 0)
      return { kind: 'succeeded', reason: `requests lost: ${lost} of ${requests}`, withheld: [`to keep it at ${MINIMUM} replicas`], facts };
    if (down === undefined || turns > 1) throw new Error(`expected one way up and one way down, found ${JSON.stringify(facts)}`);
    return {
      kind: 'refused',
      code: 'SCALED',
      reason: `twice as many serve after ${up} ms, and ${MINIMUM} again ${down} ms after the load went`,
      facts,
    };
  } finally {
    clearInterval(watch);
    await Promise.all(loads.map(async (load) => load.stop()));
  }
}

/**
 * Adds customers until as many requests are in hand as the step means: where answers come quickly, each customer waits little. Resolves to
 * how many were, on the average of a second. @throws Error when that many never are, and nobody has scaled either: then there is no load
 */
async function fill(
  platform: DrillPlatform,
  service: string,
  add: (customers: number) => Promise<void>,
  isDoubled: () => boolean,
): Promise<number> {
  for (let customers = BEFORE * TIMES; ; customers += BEFORE) {
    const samples: number[] = [];
    for (let count = 0; count < SAMPLES; count += 1, await sleep(1_000 / SAMPLES)) samples.push(await platform.edgeInHand(service));
    const average = Math.round(samples.reduce((sum, sample) => sum + sample, 0) / samples.length);
    if (average >= WANTED || isDoubled()) return average;
    if (customers >= MOST)
      throw new Error(`expected ${WANTED} requests in hand of ${service} at once, found ${average} of ${customers} customers`);
    await add(BEFORE);
  }
}

/** How often the number of replicas went the other way. */
function directions(counts: readonly number[]): number {
  const signs = counts.slice(1).flatMap((count, index) => Math.sign(count - (counts[index] ?? count)) || []);
  return signs.filter((sign, index) => index > 0 && sign !== signs[index - 1]).length;
}
