import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, env, exit } from 'node:process';
import type { LastAnswers } from '@seaworthy/supply-chain';

/** What the control plane tells every job program; see RunWorkspace. */
export interface JobOptions {
  readonly npmRegistry: string;
  readonly debianMirror: string;
  readonly securityMirror: string;
  /** package.json of the repository and of its workspaces */
  readonly manifests: readonly string[];
  /** workspaces for which npm makes a node_modules of their own */
  readonly nested: readonly string[];
  /** services to build and to examine */
  readonly services: readonly string[];
  /** workspaces that lint, types and unit tests are run for; the others have passed on the same files */
  readonly check: readonly string[];
  /** the Debian packages that the parent images have */
  readonly installed: readonly { readonly name: string; readonly version: string }[];
  /** whether the change alters the schemas of policies and cards, and the operator has started it */
  readonly altersPolicyLanguage: boolean;
  /** when each source of advisories answered last, before this run */
  readonly lastAnswers: LastAnswers;
}

export interface Outcome {
  readonly outcome: 'passed' | 'failed';
  readonly summary: string;
  readonly problems?: readonly string[];
  readonly facts?: Record<string, unknown>;
}

/** Where a job finds and leaves things. The same paths in every job; which of them exist is declared in pipelines/pipeline.yaml. */
export const PLACES = { source: '/workspace', inputs: '/in', output: env['JOB_OUTPUT'] ?? '/out', packages: '/deps' } as const;

/** Runs a job program: exit code 0 when it passed, 1 when it says no, and anything else when it could not say. */
export async function jobProgram(work: (options: JobOptions) => Promise<Outcome>): Promise<void> {
  try {
    const outcome = await work(readOptions());
    writeFileSync(join(PLACES.output, 'result.json'), JSON.stringify(shortened(outcome)));
    console.log(outcome.summary);
    for (const problem of outcome.problems ?? []) console.log(problem);
    exit(outcome.outcome === 'passed' ? 0 : 1);
  } catch (error) {
    console.error(`${argv[1] ?? 'job'}:`, error);
    exit(70);
  }
}

export function readOptions(): JobOptions {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the control plane into a volume that is read-only here
  return JSON.parse(readFileSync(join(import.meta.dirname, 'options.json'), 'utf8')) as JobOptions;
}

function shortened({ summary, problems = [], ...rest }: Outcome): Outcome {
  return { ...rest, summary: summary.slice(0, 2000), problems: problems.slice(0, 200).map((problem) => problem.slice(0, 2000)) };
}
