import { checksOf, jestReportFile } from './check/checks.ts';
import { passedTests } from './check/jest.report.ts';
import { jobProgram, PLACES } from './job.program.ts';
import type { Outcome } from './job.program.ts';

const places = { source: PLACES.source, packages: PLACES.packages, scratch: '/tmp' };

await jobProgram(async ({ check: workspaces }): Promise<Outcome> => {
  const checks = checksOf(places, workspaces);
  // together: none of them writes what another reads, and each leaves a core idle at times
  const ended = await Promise.all(checks.map(async (check) => ({ check, finished: await check.run() })));
  const results = ended.map(({ check, finished }) => ({
    name: check.name,
    passed: finished.code === 0,
    milliseconds: finished.milliseconds,
  }));
  const problems = ended.flatMap(({ check, finished }) => (finished.code === 0 ? [] : [`${check.name}:`, ...check.problems(finished)]));
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  // the gatekeeper asks for these; where none had to be run again, the evidence says of which workspaces
  const unchanged = ['lint', 'types'].filter((name) => !results.some((result) => result.name === name));
  const passed = passedTests(jestReportFile(places));
  return {
    outcome: failed.length === 0 ? 'passed' : 'failed',
    summary:
      failed.length === 0
        ? `${results.map(({ name, milliseconds }) => `${name} ${(milliseconds / 1000).toFixed(1)} s`).join(', ')}; ${passed} unit tests passed; ${workspaces.length} workspaces checked`
        : `failed: ${failed.join(', ')}`,
    problems,
    facts: {
      checks: [...results, ...unchanged.map((name) => ({ name }))],
      tests: { passed },
    },
  };
});
