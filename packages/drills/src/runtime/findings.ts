import type { DrillPlatform } from '../platform.ts';

/** Runs a Node program in the place of a catalog replica and reads what it found: a line `findings=` and JSON. */
export async function findingsOf<Findings>(platform: DrillPlatform, program: string): Promise<Findings> {
  const { exitCode, output } = await platform.inPlaceOf('catalog', {
    entrypoint: ['/usr/bin/node', '--input-type=module', '--eval', program],
  });
  const found = /^findings=(.*)$/m.exec(output)?.[1];
  if (found !== undefined) return JSON.parse(found) as Findings;
  throw new Error(`expected the findings of the attack, found exit code ${exitCode}: ${output.slice(0, 800)}`);
}
