import { readFileSync } from 'node:fs';

const FILES = 4;

interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly { readonly name: string; readonly message: string; readonly status: string }[];
}

/** 0 where there is no report. */
export function passedTests(file: string): number {
  return read(file)?.numPassedTests ?? 0;
}

/** Lines for people, at most so many of each file that has failed; undefined where there is no report. */
export function failedTests(file: string, linesOfEach: number): string[] | undefined {
  return read(file)
    ?.testResults.filter(({ status }) => status === 'failed')
    .flatMap(({ name, message }) => [name, ...message.split('\n').slice(0, linesOfEach)])
    .slice(0, FILES * linesOfEach);
}

function read(file: string): JestReport | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jest's own report, read for people only
    return JSON.parse(readFileSync(file, 'utf8')) as JestReport;
  } catch {
    return undefined;
  }
}
