import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drill } from '../../drill.ts';
import { findingsOf } from '../findings.ts';

interface Findings {
  readonly tried: number;
  /** how many directories, by the code of the error */
  readonly errors: Readonly<Record<string, number>>;
  /** the last file that was written, and what it said when it was run */
  readonly written?: string;
  readonly marker?: string;
}

export const drill: Drill = {
  title: 'Code in a replica leaves a program on the root file system',
  practices: ['1.5', '2.9'],
  attack:
    'Somebody who can run code in a replica of catalog tries every directory of its root file system for a place to keep a program, and runs it from there.',
  control: 'The root file system is mounted read-only.',
  refusals: ['EROFS'],
  async run(platform) {
    const program = readFileSync(join(import.meta.dirname, 'attack.mjs'), 'utf8');
    const { tried, errors, written, marker } = await findingsOf<Findings>(platform, program);
    if (written !== undefined)
      return {
        kind: 'succeeded',
        reason: `a program was left at ${written}${marker === undefined ? '' : `, and ran: ${marker}`}`,
        withheld: marker === undefined ? ['to run it'] : [],
        facts: { 'directories tried': tried },
      };
    const [code, ...others] = Object.keys(errors);
    // no right to one directory is luck; a read-only file system is the control
    if (code !== 'EROFS' || others.length > 0) throw new Error(`expected EROFS everywhere, found ${JSON.stringify(errors)}`);
    return { kind: 'refused', code, reason: `read-only, each of ${tried} directories`, facts: { 'directories tried': tried } };
  },
  withoutControl: {
    summary:
      'a copy of the platform whose replicas have a root file system that can be written to, which is what an engine gives by default',
    services: ['catalog'],
    overlay: 'overlay.yaml',
  },
};
