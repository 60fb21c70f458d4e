import type { DrillPlatform, InPlace, InPlaceResult } from '../platform.ts';
import { parseFindings } from '../findings.ts';

interface Where extends Pick<InPlace, 'image' | 'offline'> {
  readonly service: string;
}

/** Runs a Node program in the place of a replica, of catalog unless told otherwise. */
export async function runInReplica(
  platform: DrillPlatform,
  program: string,
  where: Where = { service: 'catalog' },
): Promise<InPlaceResult> {
  const { service, ...how } = where;
  return platform.inPlaceOf(service, { ...how, entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program] });
}

/** The same, and reads what it found: a line `findings=` and JSON. */
export async function findingsOf<Findings>(platform: DrillPlatform, program: string): Promise<Findings> {
  return parseFindings(await runInReplica(platform, program));
}
