import type { Drill } from '../../drill.ts';
import { awaitCalm, awaitReplaced, MINIMUM } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

const PATIENCE_MS = 60_000;
const PATIENCE_WITHOUT_MS = 8_000;

export const drill: Drill = {
  title: 'Somebody enters a replica',
  practices: ['1.3', '2.9'],
  attack: 'Somebody with the engine runs a program of his own inside a replica of catalog (docker exec), reads its secrets, and leaves.',
  control:
    'The fleet finds that a command was run in the replica, and puts another in its place: first one more, then the entered one drains and goes.',
  refusals: ['REPLACED'],
  async run(platform) {
    const [victim] = await awaitCalm(platform, 'catalog');
    if (victim === undefined) throw new Error('expected a replica of catalog, found none');
    const traffic = Traffic.reads(platform, { clients: 2 });
    const exec = await platform.docker.getContainer(victim.Id).exec({
      Cmd: ['/usr/bin/node', '--eval', 'require("node:fs").readFileSync("/run/seaworthy/secrets/client-secret")'],
      AttachStdout: false,
    });
    await exec.start({ Detach: true });
    const replaced = await awaitReplaced(
      platform,
      'catalog',
      victim.Id,
      MINIMUM,
      (await platform.hasFleet()) ? PATIENCE_MS : PATIENCE_WITHOUT_MS,
    );
    await traffic.stop();
    const facts = { reads: traffic.answers.length, 'reads that failed': traffic.losses };
    if (replaced === undefined) return { kind: 'succeeded', reason: 'the entered replica still serves customers', facts };
    if (traffic.lost.length > 0)
      return { kind: 'succeeded', reason: `reads failed meanwhile: ${traffic.losses}`, withheld: ['to stay in the replica'], facts };
    return { kind: 'refused', code: 'REPLACED', reason: `gone after ${replaced} ms, with another in its place`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};
