import { setTimeout as sleep } from 'node:timers/promises';
import type { Drill } from '../../drill.ts';
import { nameOf, proveRemoved } from '../fleet-events.ts';
import { awaitThat } from '../../await-that.ts';
import { awaitCalm, awaitReplaced, inRotation, MINIMUM, patienceOf, replicasOf } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

const PATIENCE_MS = 30_000;

export const drill: Drill = {
  title: 'A replica is frozen: it is there, and does not answer',
  practices: ['1.3', '1.4'],
  attack:
    'Somebody who may send signals to processes of the host stops one replica of catalog (SIGSTOP) under load. The engine goes on to call it running.',
  control:
    'The fleet sees at the edge that a replica runs and does not answer, and puts another in its place. Until then the edge, which asks each over TLS whether it is ready, sends nothing more to it.',
  refusals: ['REPLACED'],
  async run(platform) {
    const [victim] = await awaitCalm(platform, 'catalog');
    if (victim === undefined) throw new Error('expected a replica of catalog, found none');
    const traffic = Traffic.reads(platform, { clients: 4 });
    await sleep(1_000);
    const since = Date.now();
    const container = platform.docker.getContainer(victim.Id);
    await container.kill({ signal: 'SIGSTOP' });
    const out = await awaitThat(async () => (await inRotation(platform, 'catalog')) < MINIMUM, PATIENCE_MS);
    const replaced = await awaitReplaced(platform, 'catalog', victim.Id, MINIMUM, await patienceOf(platform));
    await traffic.stop();
    const facts = {
      reads: traffic.answers.length,
      'reads that failed': traffic.losses,
      'slowest read, ms': traffic.slowest,
      ...(out === undefined ? {} : { 'out of rotation, ms': out }),
    };
    if (replaced === undefined) {
      const left = await inRotation(platform, 'catalog');
      const isThere = (await replicasOf(platform, 'catalog')).some(({ Id, State }) => Id === victim.Id && State === 'running');
      if (isThere) await container.kill({ signal: 'SIGCONT' });
      if (out === undefined || left >= MINIMUM || !isThere)
        throw new Error(
          `expected a replica that is there and does not serve, found ${left} that serve, and it ${isThere ? '' : 'not '}there`,
        );
      return {
        kind: 'succeeded',
        reason: `it is still there, frozen, after all that time, and ${left} of ${MINIMUM} serve`,
        facts,
      };
    }
    if (out === undefined) throw new Error('expected the edge to notice before the fleet, found that it did not');
    if (traffic.lost.length > 0)
      return { kind: 'succeeded', reason: `reads failed meanwhile: ${traffic.losses}`, withheld: ['to leave one less to serve'], facts };
    await proveRemoved(platform, { service: 'catalog', replica: nameOf(victim), since }, 'HUNG');
    return { kind: 'refused', code: 'REPLACED', reason: `out of rotation after ${out} ms, replaced after ${out + replaced} ms`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};
