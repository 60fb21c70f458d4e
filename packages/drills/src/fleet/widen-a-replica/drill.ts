import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import type { DrillPlatform } from '../../platform.ts';
import { nameOf, proveRemoved } from '../fleet-events.ts';
import { awaitCalm, awaitReplaced, MINIMUM, patienceOf, proveStillServing } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

export const drill: Drill = {
  title: 'A running replica is given more than was deployed',
  practices: ['1.3', '2.9'],
  attack: 'Somebody with the engine connects a running replica of catalog to the one network that has a way out to the internet.',
  control: 'The fleet compares what runs with what was deployed, all of it, and puts another in the place of a replica that differs.',
  refusals: ['REPLACED'],
  async run(platform) {
    const [victim] = await awaitCalm(platform, 'catalog');
    if (victim === undefined) throw new Error('expected a replica of catalog, found none');
    const traffic = Traffic.reads(platform, { clients: 2 });
    const since = Date.now();
    await platform.docker.getNetwork(`${platform.project}_egress`).connect({ Container: victim.Id });
    const replaced = await awaitReplaced(platform, 'catalog', victim.Id, MINIMUM, await patienceOf(platform));
    await traffic.stop();
    const facts = { reads: traffic.answers.length, 'reads that failed': traffic.losses };
    if (replaced === undefined) {
      await proveStillServing(platform, 'catalog', victim.Id);
      const visits = await dialOut(platform, victim.Id);
      return { kind: 'succeeded', reason: 'the replica still serves customers, and reaches the internet', facts: { ...facts, visits } };
    }
    if (traffic.lost.length > 0)
      return { kind: 'succeeded', reason: `reads failed meanwhile: ${traffic.losses}`, withheld: ['to keep the way out'], facts };
    await proveRemoved(platform, { service: 'catalog', replica: nameOf(victim), since }, 'CONFIGURATION');
    return { kind: 'refused', code: 'REPLACED', reason: `gone after ${replaced} ms, with one as deployed in its place`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'egress', 'edge', 'catalog'],
    without: ['fleet'],
  },
};

/** How often what plays the internet was reached from where the replica is. @throws Error when it was not: then there is no way out */
async function dialOut(platform: DrillPlatform, id: string): Promise<number> {
  const internet = await platform.playInternet();
  try {
    const program = `fetch('http://${internet.address}:${internet.port}/', { signal: AbortSignal.timeout(10_000) }).then(
      ({ status }) => console.log('findings=' + status),
      (error) => console.log('findings=' + JSON.stringify(String(error.cause ?? error))))`;
    const found = parseFindings<number | string>(await platform.inNetworkOf(id, program));
    const visits = await internet.visits();
    if (found === 200 && visits > 0) return visits;
    throw new Error(`expected the widened replica to reach the internet, found ${found}, and ${visits} visits there`);
  } finally {
    await internet.stop();
  }
}
