import { text } from 'node:stream/consumers';
import type { Drill } from '../../drill.ts';
import type { DrillPlatform } from '../../platform.ts';
import { nameOf, proveRemoved } from '../fleet-events.ts';
import { awaitCalm, awaitReplaced, MINIMUM, patienceOf, proveStillServing } from '../replicas.ts';
import { Traffic } from '../traffic.ts';

const SECRET = '/run/seaworthy/secrets/client-secret';
/** Says that it has the secret, and not which. */
const PROGRAM = `console.log('bytes=' + require('node:fs').readFileSync('${SECRET}').length)`;

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
    const since = Date.now();
    const bytes = await readSecret(platform, victim.Id);
    const replaced = await awaitReplaced(platform, 'catalog', victim.Id, MINIMUM, await patienceOf(platform));
    await traffic.stop();
    const facts = { 'bytes of a secret read': bytes, reads: traffic.answers.length, 'reads that failed': traffic.losses };
    if (replaced === undefined) {
      await proveStillServing(platform, 'catalog', victim.Id);
      return { kind: 'succeeded', reason: 'the replica whose secret was read still serves customers', facts };
    }
    if (traffic.lost.length > 0)
      return { kind: 'succeeded', reason: `reads failed meanwhile: ${traffic.losses}`, withheld: ['to stay in the replica'], facts };
    await proveRemoved(platform, { service: 'catalog', replica: nameOf(victim), since }, 'ENTERED');
    return { kind: 'refused', code: 'REPLACED', reason: `gone after ${replaced} ms, with another in its place`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform without the fleet, as compose alone runs it',
    services: ['identity', 'edge', 'catalog'],
    without: ['fleet'],
  },
};

/** How many bytes of a secret were read. @throws Error when none were: then nobody was in the replica */
async function readSecret({ docker }: DrillPlatform, id: string): Promise<number> {
  const exec = await docker.getContainer(id).exec({ Cmd: ['/usr/bin/node', '--eval', PROGRAM], AttachStdout: true, AttachStderr: true });
  // with the engine's frames around it, which are in nobody's way
  const output = await text(await exec.start({}));
  const { ExitCode } = await exec.inspect();
  const bytes = Number(/bytes=(\d+)/.exec(output)?.[1] ?? 0);
  if (ExitCode === 0 && bytes > 0) return bytes;
  throw new Error(`expected to read ${SECRET} in the replica, found exit code ${ExitCode}: ${output.slice(-500)}`);
}
