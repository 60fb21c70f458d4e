import type { Drill } from '../../drill.ts';
import { awaitCalm, inRotation, MINIMUM } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

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
    const traffic = Traffic.reads(platform, { clients: 2, pause: 20 });
    let least = MINIMUM;
    const watch = setInterval(() => void inRotation(platform, 'catalog').then((count) => (least = Math.min(least, count))), 200);
    const outcome = await platform.rollOut({ catalog: { DATABASE_HOST: 'nowhere' } }).then(
      () => 'rolled out',
      (error: unknown) => (error instanceof Error ? error.message : String(error)),
    );
    clearInterval(watch);
    await traffic.stop();
    const facts = { reads: traffic.answers.length, 'reads that failed': traffic.losses, 'least replicas that served': least };
    if (least < MINIMUM || traffic.lost.length > 0)
      return { kind: 'succeeded', reason: `${least} of ${MINIMUM} replicas are left to serve; ${outcome}`, facts };
    if (outcome === 'rolled out') throw new Error('expected a version that cannot get ready not to be rolled out, found that it was');
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
