import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { parseFindings } from '../../findings.ts';
import { amongBystanders } from '../bystanders.ts';
import { runInReplica } from '../findings.ts';

/** A replica, which should have no such place, and the store beside it, which needs one. */
const PLACES = ['catalog', 'valkey'] as const;

interface Filled {
  readonly path: string;
  /** of file system */
  readonly type: string;
  /** how much was written, MiB, before `result` */
  readonly mb: number;
  /** `WRITTEN` when nothing stopped it, or the code of the error */
  readonly result: string;
}

export const drill: Drill = {
  title: 'Code in a replica fills every place that it may write to',
  practices: ['1.4', '1.5', '2.9'],
  attack:
    "Somebody who can run code in a replica of catalog, and in catalog's Valkey, looks for every place that can be written to, and writes until it is full.",
  control:
    'A container can write to a tmpfs where it is declared, and nowhere else; each has a size, and is memory, so that no disk is filled.',
  refusals: ['ENOSPC'],
  async run(platform) {
    const image = platform.imageId('node');
    const attack = readFileSync(join(import.meta.dirname, 'attack.mjs'), 'utf8');
    const {
      result,
      facts: noticed,
      harm,
    } = await amongBystanders(platform, async () =>
      Promise.all(
        PLACES.map(async (service) => parseFindings<Filled[]>(await runInReplica(platform, attack, { service, image, offline: true }))),
      ),
    );
    const facts = { ...Object.fromEntries(PLACES.map((service, at) => [service, told(result[at] ?? [])])), ...noticed };
    const all = result.flat();
    const endless = all.filter(({ type, result: how }) => how === 'WRITTEN' || type !== 'tmpfs');
    const withheld = PLACES.filter((_, at) => !result[at]?.some((place) => endless.includes(place)));
    if (endless.length > 0)
      return {
        kind: 'succeeded',
        reason: `nobody stopped it before it stopped itself, or filled a disk: ${told(endless)}`,
        withheld,
        facts,
      };
    if (harm !== undefined) return { kind: 'succeeded', reason: harm, withheld, facts };
    const [full] = all;
    // where nothing can be written nothing is proved: read-only is another control's work
    if (full === undefined || all.some(({ result: how }) => how !== full.result))
      throw new Error(`expected a tmpfs that gets full, and nothing else, found ${JSON.stringify(result)}`);
    return { kind: 'refused', code: full.result, reason: `${told(all)}; nobody else noticed`, facts };
  },
  withoutControl: {
    summary: 'a copy of the platform with a tmpfs for each replica, and none with a size, which is what an engine gives by default',
    services: ['identity', 'edge', 'catalog'],
    overlay: 'overlay.yaml',
  },
};

function told(filled: readonly Filled[]): string {
  return (
    filled.map(({ path, type, mb, result }) => `${path} (${type}): ${mb} MiB, ${result}`).join(', ') || 'no place that can be written to'
  );
}
