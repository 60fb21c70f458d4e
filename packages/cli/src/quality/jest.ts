import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Progress } from '../ui/progress.ts';
import { runTool } from './repository-tool.ts';
import { failed, showTally, type Tally } from './tally.ts';

/** Kinds of test, as jest.config.mjs names them. */
export type TestKind = 'unit' | 'integration' | 'smoke' | 'slow';

/** How many files at once, and in which order. In numbers: jest reads a percentage above 100 as that many workers. */
export const WORKERS: Readonly<Record<TestKind, readonly string[]>> = {
  // one more than there are cores: some wait for a time-out or a process
  unit: [`--maxWorkers=${availableParallelism() + 1}`],
  // more than there are cores of a small machine: a file waits for its containers as long as it computes; names, ports and networks of two
  // never meet (packages/testing)
  integration: ['--maxWorkers=3', '--testSequencer=<rootDir>/packages/cli/src/quality/longest-first.ts'],
  // all of them look at one platform
  smoke: ['--runInBand'],
  // each has a platform of its own
  slow: ['--runInBand'],
};

/** What jest writes with `--json`, as far as it is read here. */
export interface JestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

/** Runs all tests of one kind. A run that leaves no report is one failure, never nothing. */
export async function runJest(kind: TestKind, title: string, progress: Progress): Promise<Tally> {
  const folder = await mkdtemp(join(tmpdir(), 'seaworthy-jest-'));
  const reportFile = join(folder, 'report.json');
  try {
    const [tally, output] = await progress.stage(title, async (stage) => {
      const words = ['--disable-warning=ExperimentalWarning', 'node_modules/jest/bin/jest.js', '--selectProjects', kind];
      const { stdout, stderr } = await runTool('node', [...words, ...WORKERS[kind], '--json', `--outputFile=${reportFile}`], (line) => {
        const file = /^(?:PASS|FAIL) .*?(\S+\.test\.ts)/.exec(line)?.[1];
        if (file) stage.update(file);
      });
      const counted = await readTally(reportFile, kind);
      showTally(stage, counted);
      return [counted, `${stdout}\n${stderr}`] as const;
    });
    if (tally.failed > 0) progress.line(onlyFailures(output));
    return tally;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function readTally(file: string, kind: TestKind): Promise<Tally> {
  try {
    return tallyOf(JSON.parse(await readFile(file, 'utf8')) as JestReport);
  } catch {
    return failed(`${kind} tests: jest ended without a report`);
  }
}

/** A file that could not even be loaded has no tests to count: it counts as one that failed. */
export function tallyOf(report: JestReport): Tally {
  const broken = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.every((one) => one.status !== 'failed'),
  );
  const failures = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures: [...failures, ...broken.map(({ name }) => `${name} could not run`)],
  };
}

/** Jest's lines about what passed say nothing to who looks for what failed. */
function onlyFailures(output: string): string {
  return output
    .split('\n')
    .filter((line) => !line.startsWith('PASS ') && !line.startsWith('{"num'))
    .join('\n')
    .trim();
}
