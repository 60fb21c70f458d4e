import type { Drill } from '../../drill.ts';
import type { DrillPlatform } from '../../platform.ts';
import { fleetEvents } from '../fleet-events.ts';
import { awaitThat } from '../../await-that.ts';
import { awaitCalm, inRotation, MINIMUM, patienceOf, replicasOf, serving } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

const ROLLED_OUT = 'rolled out';

export const drill: Drill = {
  title: 'A version is deployed that never gets ready',
  practices: ['1.3', '1.4'],
  attack:
    'Somebody deploys a version of catalog that starts, stays up, and never gets ready: it looks for its database where there is none.',
  control:
    'The fleet starts one of the new version beside the old ones, sends it nothing until it is ready, and goes back by itself when it does not get ready.',
  refusals: ['ROLLED_BACK'],
  async run(platform) {
    await awaitCalm(platform, 'catalog');
    const since = Date.now();
    const traffic = Traffic.reads(platform, { clients: 2, pause: 20 });
    let least = MINIMUM;
    const watch = setInterval(() => void inRotation(platform, 'catalog').then((count) => (least = Math.min(least, count))), 200);
    const outcome = await platform.rollOut({ catalog: { DATABASE_HOST: 'nowhere' } }).then(
      () => ROLLED_OUT,
      (error: unknown) => foundBy(error),
    );
    clearInterval(watch);
    // a version that gets ready leaves as few for a moment, where nobody starts one more first
    const end = outcome === ROLLED_OUT ? await endOf(platform) : { serves: true, isUp: true };
    await traffic.stop();
    const facts = { reads: traffic.answers.length, 'reads that failed': traffic.losses, 'least replicas that served': least };
    if (least < MINIMUM || traffic.lost.length > 0) {
      const withheld = [
        ...(end.serves ? ['the end of catalog'] : []),
        ...(end.isUp ? [] : ['a version that stays up']),
        ...(traffic.lost.length > 0 ? [] : ['reads']),
      ];
      return { kind: 'succeeded', reason: `${least} of ${MINIMUM} replicas are left to serve; ${outcome}`, withheld, facts };
    }
    await proveRolledBack(platform, outcome, since);
    await awaitCalm(platform, 'catalog');
    return {
      kind: 'refused',
      code: 'ROLLED_BACK',
      reason: 'the old version served on, all of it, and nothing of the new one is left',
      facts,
    };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet: compose puts the new version in the place of the old one',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};

/** Whether any of the new version serves in a time in which any other does, and whether all of it runs all the same. */
async function endOf(platform: DrillPlatform): Promise<{ readonly serves: boolean; readonly isUp: boolean }> {
  const served = await awaitThat(async () => (await serving(platform, 'catalog')) > 0, await patienceOf(platform));
  const states = (await replicasOf(platform, 'catalog')).map(({ State }) => State);
  return { serves: served !== undefined, isUp: states.length >= MINIMUM && states.every((state) => state === 'running') };
}

/** Deploy itself puts back what ran before, when the fleet says nothing for minutes: only the fleet's own word for it counts. */
async function proveRolledBack(platform: DrillPlatform, outcome: string, since: number): Promise<void> {
  if (!outcome.includes('catalog is rolled-back')) throw new Error(`expected the fleet to roll catalog back by itself, found: ${outcome}`);
  const events = await fleetEvents(platform, 'catalog', since);
  if (!events.some(({ kind, detail }) => kind === 'progress' && detail.startsWith('rolled-back')))
    throw new Error(
      `expected the fleet to tell that it rolled catalog back, found ${JSON.stringify(events.map(({ kind, detail }) => [kind, detail]))}`,
    );
}

/** What deploy found of each service; its message alone says only that something did not get ready. */
function foundBy(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'found' in error && typeof error.found === 'string' ? error.found : error.message;
}
