import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { runHostileTest } from '../hostile-test.ts';

interface Findings {
  readonly sockets: readonly string[];
  readonly engine: readonly (number | string)[];
  /** what is mounted beyond what the job was given */
  readonly strangeMounts: readonly string[];
  /** files of another container of the run, read through the engine */
  readonly stolen: string;
}

export const drill: Drill = {
  title: "A job of the pipeline looks for the engine's socket and for another job's files",
  practices: ['5.1', '5.5', '5.8'],
  attack:
    'A proposed change brings a unit test that searches its container for a socket of the engine, asks it for all containers, and takes the files of another one.',
  control:
    'A job is given its inputs and nothing else. The control plane itself reaches the engine only through a filter, which would refuse to mount the socket.',
  refusals: ['NOTHING_FOUND'],
  async run(platform) {
    const { sockets, strangeMounts, stolen } = await runHostileTest<Findings>(
      platform,
      readFileSync(join(import.meta.dirname, 'attack.program.ts'), 'utf8'),
    );
    if (stolen === 'REACHED') return { kind: 'succeeded', reason: `the job took another's files through ${sockets.join(', ')}` };
    if (sockets.length > 0 || strangeMounts.length > 0)
      return {
        kind: 'succeeded',
        reason: `the job found ${[...sockets, ...strangeMounts].join(', ')}`,
        withheld: [`another's files: ${stolen}`],
      };
    return {
      kind: 'refused',
      code: 'NOTHING_FOUND',
      reason: 'no socket, no mount beyond its inputs, no file of another job',
      facts: { sockets: 0, 'strange mounts': 0 },
    };
  },
  withoutControl: {
    summary: "a copy of the platform whose filter passes everything on, and gives each job the engine's socket, as many CI systems do",
    services: ['identity', 'registry', 'registry-gate', 'gatekeeper', 'engine-filter', 'egress', 'pipeline'],
    overlay: 'overlay.yaml',
  },
};
