import type { DrillPlatform, PipelineRun } from '../platform.ts';

/** A workspace whose tests are few: the pipeline tests what a change touches. */
const PLACE = 'apps/certificate-agent/src/attack.test.ts';
const MARK = 'attack=';

/**
 * Proposes a change whose unit test is an attack, and reads what the attack found out from the report of the failed test: code of a
 * stranger, run by the real pipeline. `program` is the source of the test; it ends by throwing `attack=` and its findings as JSON.
 */
export async function runHostileTest<Findings>(platform: DrillPlatform, program: string): Promise<Findings> {
  const run = await platform.submitChange({ [PLACE]: program });
  return findingsOf(run) as Findings;
}

function findingsOf({ id, state, failure }: PipelineRun): unknown {
  const text = failure?.message ?? '';
  const found = new RegExp(`${MARK}(\\{.*\\})`).exec(text)?.[1];
  if (found !== undefined) return JSON.parse(found);
  throw new Error(`expected the findings of the attack in run ${id}, found a run that ${state}: ${text.slice(0, 800)}`);
}
