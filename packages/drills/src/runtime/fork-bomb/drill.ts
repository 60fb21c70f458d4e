import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { amongBystanders } from '../bystanders.ts';
import { findingsOf } from '../findings.ts';

interface Findings {
  /** `STARTED`, or the code of the error */
  readonly processes: string;
  readonly threads: string;
  /** threads that it had in the end */
  readonly count: number;
}

export const drill: Drill = {
  title: 'Code in a replica starts processes and threads without end',
  practices: ['1.4', '2.9'],
  attack: 'Somebody who can run code in a replica of catalog starts as many processes and threads as it can, and keeps them (a fork bomb).',
  control:
    'Each container has a limit of processes and threads together; and the filter of system calls lets a replica start no process at all.',
  refusals: ['EAGAIN'],
  async run(platform) {
    const attack = readFileSync(join(import.meta.dirname, 'attack.mjs'), 'utf8');
    const { result, facts: noticed, harm } = await amongBystanders(platform, async () => findingsOf<Findings>(platform, attack));
    const { processes, threads, count } = result;
    const facts = { threads: count, 'one process': processes, ...noticed };
    const got = [
      ...(threads === 'STARTED' ? [`nobody stopped it before it stopped itself, at ${count} threads`] : []),
      ...(processes === 'STARTED' ? ['it started a process'] : []),
    ];
    const withheld = [
      ...(threads === 'STARTED' ? [] : [`threads without end: ${threads} after ${count}`]),
      ...(processes === 'STARTED' ? [] : [`a process: ${processes}`]),
    ];
    if (got.length > 0) return { kind: 'succeeded', reason: got.join('; '), withheld, facts };
    if (harm !== undefined) return { kind: 'succeeded', reason: harm, withheld, facts };
    if (processes !== 'EPERM') throw new Error(`expected the filter of system calls to refuse a process, found ${processes}`);
    return { kind: 'refused', code: threads, reason: `no process, and no thread after ${count}; nobody else noticed`, facts };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose replicas have no limit of threads, which is what an engine gives by default, and no filter of system calls',
    services: ['identity', 'edge', 'catalog'],
    overlay: 'overlay.yaml',
  },
};
