import { SOURCE_MAPS_LIMIT, sourceMapsFile } from '@seaworthy/supply-chain';
import { z } from 'zod';
import { EngineError } from '../engine/engine.error.ts';
import { JobError } from '../jobs/job.error.ts';
import type { JobResult } from '../jobs/job.runner.ts';
import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';
import type { RunWorkspace } from '../jobs/run.workspace.ts';
import type { TarEntry } from '../jobs/tar.rules.ts';
import type { RunEvidence } from '../publish/publisher.ts';
import type { SourceFacts } from '../source/judge.commits.ts';
import { exerciseOf } from './run.exercise.ts';
import type { RunPlan } from './run.plan.ts';

/** The jobs whose checks are evidence. */
const CHECKING_JOBS = ['inspect', 'check', 'examine'];
const Checks = z.object({ checks: z.array(z.object({ name: z.string() })) });
const Tests = z.object({ tests: z.object({ passed: z.int() }) });
export interface Collected {
  readonly run: string;
  readonly commit: string;
  readonly lockHash: string;
  readonly source: SourceFacts;
  readonly startedOn: Date;
  readonly plan: RunPlan;
  readonly results: ReadonlyMap<string, JobResult>;
}

/** What the jobs of a run have found out, as the control plane will sign it. */
export async function collectEvidence(
  jobs: readonly JobDeclaration[],
  workspace: Pick<RunWorkspace, 'output'>,
  { results, plan, ...known }: Collected,
): Promise<RunEvidence> {
  const files = await outputOf(jobs, workspace, 'examine');
  const { tests } = Tests.parse(results.get('check')?.facts);
  const document = (name: string): unknown => {
    const file = files.get(name);
    if (!file) throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected ${name} from examine, found none` });
    return JSON.parse(file.content.toString('utf8'));
  };
  const common = [
    'source',
    ...CHECKING_JOBS.flatMap((job) => checksOf(results.get(job))),
    `${tests.passed} unit tests`,
    ...unchanged(plan),
  ];
  return {
    ...known,
    checks: (service) => [...common, ...exerciseOf(results.get('exercise'), service)],
    sbom: (service) => document(`${service}.sbom.json`),
    vulnerabilities: (service) => document(`${service}.vulnerabilities.json`),
    sourceMaps: async (service) => sourceMapsOf(jobs, workspace, service),
  };
}

/** What a job says that it has checked; that it passed is known, for it said so and no run goes on without. */
function checksOf(result: JobResult | undefined): string[] {
  return Checks.parse(result?.facts).checks.map(({ name }) => name);
}

/** Said openly: these were not checked again, because nothing that could alter the result has changed since they passed. */
function unchanged({ hashes, check }: RunPlan): string[] {
  return [...hashes.keys()]
    .filter((workspace) => !check.includes(workspace))
    .map((workspace) => `lint, types, unit tests of ${workspace}: passed on the same files in an earlier run`);
}

/** Read when an image is published: what is released already needs none. */
async function sourceMapsOf(jobs: readonly JobDeclaration[], workspace: Pick<RunWorkspace, 'output'>, service: string): Promise<Buffer> {
  const file = sourceMapsFile(service);
  const none = (cause?: unknown): JobError =>
    new JobError({ code: 'OUTPUT_REFUSED', message: `expected ${file} from build, found none`, cause });
  try {
    const limits = { entries: 1, bytes: SOURCE_MAPS_LIMIT };
    for await (const { content } of workspace.output(jobNamed(jobs, 'build'), `/${file}`, limits)) return content;
  } catch (error) {
    throw error instanceof EngineError && error.code === 'NOT_FOUND' ? none(error) : error;
  }
  throw none();
}

/** Every file that a job has put out. */
export async function outputOf(
  jobs: readonly JobDeclaration[],
  workspace: Pick<RunWorkspace, 'output'>,
  name: string,
  path = '',
): Promise<Map<string, TarEntry>> {
  const files = new Map<string, TarEntry>();
  for await (const entry of workspace.output(jobNamed(jobs, name), path)) files.set(entry.path, entry);
  return files;
}

function jobNamed(jobs: readonly JobDeclaration[], name: string): JobDeclaration {
  const job = jobs.find((one) => one.name === name);
  if (!job) throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected a job called ${name} in the pipeline` });
  return job;
}
