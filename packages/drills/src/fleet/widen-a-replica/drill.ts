import type { Drill } from '../../drill.ts';
import { awaitCalm, awaitReplaced, MINIMUM } from '../replicas.ts';

const PATIENCE_MS = 60_000;
const PATIENCE_WITHOUT_MS = 8_000;

export const drill: Drill = {
  title: 'A running replica is given more than was deployed',
  practices: ['1.3', '2.9'],
  attack: 'Somebody with the engine connects a running replica of catalog to the one network that has a way out to the internet.',
  control: 'The fleet compares what runs with what was deployed, all of it, and puts another in the place of a replica that differs.',
  refusals: ['REPLACED'],
  async run(platform) {
    const [victim] = await awaitCalm(platform, 'catalog');
    if (victim === undefined) throw new Error('expected a replica of catalog, found none');
    await platform.docker.getNetwork(`${platform.project}_egress`).connect({ Container: victim.Id });
    const replaced = await awaitReplaced(
      platform,
      'catalog',
      victim.Id,
      MINIMUM,
      (await platform.hasFleet()) ? PATIENCE_MS : PATIENCE_WITHOUT_MS,
    );
    if (replaced === undefined) return { kind: 'succeeded', reason: 'the replica still serves customers, and has a way out' };
    return { kind: 'refused', code: 'REPLACED', reason: `gone after ${replaced} ms, with one as deployed in its place` };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'egress', 'edge', 'catalog'],
    without: ['fleet'],
  },
};
