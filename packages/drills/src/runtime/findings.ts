import type { DrillPlatform } from '../platform.ts';
import { parseFindings } from '../findings.ts';

/** Runs a Node program in the place of a catalog replica and reads what it found: a line `findings=` and JSON. */
export async function findingsOf<Findings>(platform: DrillPlatform, program: string): Promise<Findings> {
  return parseFindings(await platform.inPlaceOf('catalog', { entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program] }));
}
