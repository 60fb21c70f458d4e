import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { jobProgram, PLACES } from './job.program.ts';
import type { Outcome } from './job.program.ts';
import { runNode } from './run.command.ts';
import type { Finished } from './run.command.ts';

interface Check {
  readonly name: string;
  readonly run: () => Promise<Finished>;
  /** lines for people when it says no */
  readonly problems: (finished: Finished) => string[];
}

const cwd = PLACES.source;
const bin = (path: string): string => join(PLACES.packages, 'node_modules', path);
/** enough to see what is wrong; all of it is in the job's log */
const LINES = 15;
const JEST_REPORT = '/tmp/jest.json';
const lines = ({ stdout, stderr }: Finished): string[] =>
  `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(0, LINES);

/** Jest takes each path as a pattern. No workspace has a name that means something else there. */
function unitTests(workspaces: readonly string[]): Check {
  const report = [
    '--ci',
    '--silent',
    '--json',
    `--outputFile=${JEST_REPORT}`,
    '--cacheDirectory=/tmp/jest',
    '--maxWorkers=2',
    '--passWithNoTests',
  ];
  const flags = ['--experimental-vm-modules', '--no-warnings'];
  return {
    name: 'unit tests',
    run: () =>
      runNode(bin('jest/bin/jest.js'), ['--selectProjects', 'unit', ...report, '--', ...workspaces.map((workspace) => `/${workspace}/`)], {
        cwd,
        flags,
      }),
    problems: (finished) => failedTests() ?? lines(finished),
  };
}

/** What a change has to pass before anything is built from it. Tools are those of the lockfile; how they are called is said here. */
const CHECKS: readonly Check[] = [
  { name: 'lint', run: () => runNode(bin('oxlint/bin/oxlint'), ['--type-aware', '--format=unix', '.'], { cwd }), problems: lines },
  { name: 'format', run: () => runNode(bin('oxfmt/bin/oxfmt'), ['--check', '.'], { cwd }), problems: lines },
  { name: 'types', run: () => runNode(bin('typescript/bin/tsc'), ['-p', '.'], { cwd }), problems: lines },
];

await jobProgram(async ({ test }): Promise<Outcome> => {
  const checks = [...CHECKS, ...(test.length > 0 ? [unitTests(test)] : [])];
  // together: none of them writes what another reads, and each leaves a core idle at times
  const ended = await Promise.all(checks.map(async (check) => ({ check, finished: await check.run() })));
  const results = ended.map(({ check, finished }) => ({
    name: check.name,
    passed: finished.code === 0,
    milliseconds: finished.milliseconds,
  }));
  const problems = ended.flatMap(({ check, finished }) => (finished.code === 0 ? [] : [`${check.name}:`, ...check.problems(finished)]));
  const failed = results.filter(({ passed }) => !passed).map(({ name }) => name);
  const tests = jestReport();
  return {
    outcome: failed.length === 0 ? 'passed' : 'failed',
    summary:
      failed.length === 0
        ? `${results.map(({ name, milliseconds }) => `${name} ${(milliseconds / 1000).toFixed(1)} s`).join(', ')}; ${tests.passed} unit tests passed in ${test.length} changed workspaces`
        : `failed: ${failed.join(', ')}`,
    problems,
    facts: {
      // also where none had to be run again: the evidence says of which workspaces
      checks: [...results, ...(test.length > 0 ? [] : [{ name: 'unit tests' }])],
      tests: { passed: tests.passed },
    },
  };
});

interface JestReport {
  numPassedTests: number;
  testResults: { name: string; message: string; status: string }[];
}

function jestReport(): { passed: number; report?: JestReport } {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jest's own report, read for people only
    const report = JSON.parse(readFileSync(JEST_REPORT, 'utf8')) as JestReport;
    return { passed: report.numPassedTests, report };
  } catch {
    return { passed: 0 };
  }
}

function failedTests(): string[] | undefined {
  return jestReport()
    .report?.testResults.filter(({ status }) => status === 'failed')
    .flatMap(({ name, message }) => [name, ...message.split('\n').slice(0, LINES)])
    .slice(0, 4 * LINES);
}
