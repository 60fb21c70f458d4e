import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { amongBystanders } from '../bystanders.ts';
import { runInReplica } from '../findings.ts';

export const drill: Drill = {
  title: 'Code in a replica takes memory without end',
  practices: ['1.4', '2.9'],
  attack: 'Somebody who can run code in a replica of catalog takes memory, writes into it, and takes more, while customers read.',
  control:
    'Each container has a limit of memory, and no swap beyond it: the kernel kills in the container that reaches it, and nowhere else.',
  refusals: ['OUT_OF_MEMORY'],
  async run(platform) {
    const attack = readFileSync(join(import.meta.dirname, 'attack.mjs'), 'utf8');
    const { result, facts: noticed, harm } = await amongBystanders(platform, async () => runInReplica(platform, attack));
    const taken = Number(/taken=(\d+)(?![^]*taken=)/.exec(result.output)?.[1] ?? 0);
    const facts = { 'taken, MiB': taken, ...noticed };
    if (result.exitCode === 0) return { kind: 'succeeded', reason: `nobody stopped it before it stopped itself, at ${taken} MiB`, facts };
    if (harm !== undefined) return { kind: 'succeeded', reason: harm, withheld: ['memory without end'], facts };
    // another end than by its own limit is not the control's work
    if (!result.outOfMemory) throw new Error(`expected to be killed at a limit, found ${result.exitCode}: ${result.output.slice(-500)}`);
    return { kind: 'refused', code: 'OUT_OF_MEMORY', reason: `killed after ${taken} MiB; nobody else noticed`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform whose replicas have no limit of memory, which is what an engine gives by default',
    services: ['identity', 'edge', 'catalog'],
    overlay: 'overlay.yaml',
  },
};
