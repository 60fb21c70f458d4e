import type { InPlaceResult } from './platform.ts';

/** What a program in the place of a replica found: a line `findings=` and JSON. @throws Error with what it printed instead */
export function parseFindings<Findings>({ exitCode, output }: Pick<InPlaceResult, 'exitCode' | 'output'>): Findings {
  const found = /^findings=(.*)$/m.exec(output)?.[1];
  if (found !== undefined) return JSON.parse(found) as Findings;
  throw new Error(`expected the findings of the attack, found exit code ${exitCode}: ${output.slice(-800)}`);
}
