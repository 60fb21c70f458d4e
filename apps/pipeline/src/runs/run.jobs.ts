import type { AdvisorySources } from '@seaworthy/supply-chain';
import { z } from 'zod';
import type { JobResult } from '../jobs/job.runner.ts';
import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';
import type { RunWorkspace } from '../jobs/run.workspace.ts';
import { runGraph } from './job.graph.ts';
import type { RunRecorder } from './run.recorder.ts';

export interface RunJobs {
  readonly jobs: readonly JobDeclaration[];
  readonly recorder: RunRecorder;
  readonly workspace: Pick<RunWorkspace, 'run'>;
  /** what is not one container, but some for each image */
  readonly exercise: (job: JobDeclaration, signal: AbortSignal) => Promise<JobResult & { skipped: boolean }>;
  readonly sources: AdvisorySources;
  readonly signal: AbortSignal;
}

/** What the job that asks the sources of advisories found out about each. */
const Asked = z.object({
  sources: z.array(z.object({ source: z.enum(['npm', 'debian']), status: z.enum(['answered', 'unavailable', 'nothing-to-ask']) })),
});

/** Runs the jobs in their order, and answers what each says of itself; which sources of advisories answered is kept for later runs. */
export async function runJobs({ jobs, recorder, workspace, exercise, sources, signal: outer }: RunJobs): Promise<Map<string, JobResult>> {
  const results = new Map<string, JobResult>();
  const run = async (job: JobDeclaration, signal: AbortSignal): Promise<void> => {
    const { result } = await recorder.stage(job.name, async () => {
      const done = await (job.network === 'candidate' ? exercise(job, signal) : workspace.run(job, signal));
      return { result: done, message: done.summary, skipped: done.skipped ?? false };
    });
    results.set(job.name, result);
  };
  await runGraph(jobs, run, outer);
  const asked = Asked.safeParse(results.get('advisories')?.facts);
  if (asked.success) sources.record(asked.data.sources);
  return results;
}
