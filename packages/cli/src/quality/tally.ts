import { EXIT } from '../errors.ts';
import type { StageHandle } from '../ui/progress.ts';

/** How many checks, tests and drills passed, and which did not. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** what failed, for the end of the output */
  readonly failures: readonly string[];
}

export const PASSED: Tally = { passed: 1, failed: 0, skipped: 0, failures: [] };

export function failed(what: string): Tally {
  return { passed: 0, failed: 1, skipped: 0, failures: [what] };
}

export function sum(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (one, other) => ({
      passed: one.passed + other.passed,
      failed: one.failed + other.failed,
      skipped: one.skipped + other.skipped,
      failures: [...one.failures, ...other.failures],
    }),
    { passed: 0, failed: 0, skipped: 0, failures: [] },
  );
}

/** Says what failed; the last line is for people and programs alike. @returns the exit code of the run */
export function showResult({ passed, failed: count, skipped, failures }: Tally, say: (line: string) => void = console.log): number {
  for (const failure of failures) say(`✗ ${failure}`);
  say(`${passed} passed, ${count} failed, ${skipped} skipped`);
  return count === 0 ? EXIT.ok : EXIT.failed;
}

/** Ends a stage with what it counted. */
export function showTally(stage: StageHandle, { passed, failed: count }: Tally): void {
  if (count === 0) stage.update(`${passed} passed`);
  else stage.fail(`${passed} passed, ${count} failed`);
}
