import { z } from 'zod';
import type { EngineClient, VolumeMount } from '../engine/engine.client.ts';
import { containerSpec } from './container.spec.ts';
import { JobError } from './job.error.ts';
import { sizeInBytes } from './pipeline.declaration.ts';
import type { JobDeclaration } from './pipeline.declaration.ts';

/** What every job program writes as `result.json`; read as the word of somebody untrusted. */
export const JobResult = z.object({
  outcome: z.enum(['passed', 'failed']),
  summary: z.string().max(2000),
  /** for people: what was wrong, one line each */
  problems: z.array(z.string().max(2000)).max(200).default([]),
  facts: z.record(z.string(), z.unknown()).default({}),
});
export type JobResult = z.infer<typeof JobResult>;

interface JobRun {
  readonly engine: EngineClient;
  readonly image: string;
  readonly job: JobDeclaration;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly VolumeMount[];
  readonly environment: Readonly<Record<string, string>>;
  /** the network that it joins, if any */
  readonly network?: string | undefined;
  readonly cpus: number;
  readonly signal: AbortSignal;
}

/** 0: passed; 1: the program says no. What it wrote to its log is for people. */
export interface EndedJob {
  readonly code: number;
  readonly log: string;
}

const SCRATCH = '1g';

/** Runs one job in a container of its own, which is gone afterwards. Answers how it ended and what it wrote to its log. */
export async function runJob({ engine, job, name, signal, ...run }: JobRun): Promise<EndedJob> {
  const spec = containerSpec({
    image: run.image,
    labels: run.labels,
    entrypoint: ['/usr/bin/node', `/job/${job.program}.js`],
    mounts: run.mounts,
    environment: run.environment,
    workingDir: '/tmp',
    network: run.network,
    memoryBytes: sizeInBytes(job.memory),
    cpus: run.cpus,
    pids: job.pids,
    scratch: SCRATCH,
  });
  const id = await engine.createContainer(name, spec);
  try {
    await engine.start(id);
    const code = await waitAtMost(engine, id, job, signal);
    const log = await engine.logs(id);
    // 0: passed, 1: the program says no and why; anything else: it never came to say anything
    if (code > 1) throw await crashed(engine, id, job, code, log);
    return { code, log };
  } finally {
    await engine.removeContainer(id);
  }
}

async function waitAtMost(engine: EngineClient, id: string, job: JobDeclaration, signal: AbortSignal): Promise<number> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(job.timeoutSeconds * 1000)]);
  try {
    return await engine.wait(id, limit);
  } catch (cause) {
    if (!limit.aborted) throw cause;
    await engine.kill(id);
    if (signal.aborted) throw new JobError({ code: 'JOB_STOPPED', message: `${job.name} was stopped, since its run had ended`, cause });
    throw new JobError({
      code: 'JOB_TIMED_OUT',
      message: `expected ${job.name} to end within ${job.timeoutSeconds} s; it was killed`,
      cause,
    });
  }
}

async function crashed(engine: EngineClient, id: string, job: JobDeclaration, code: number, log: string): Promise<JobError> {
  const lastLines = log.trim().split('\n').slice(-12).join('\n');
  if ((await engine.endOf(id))?.wasOutOfMemory) {
    return new JobError({
      code: 'JOB_OUT_OF_MEMORY',
      message: `expected ${job.name} to need at most ${job.memory} of memory; it was killed`,
    });
  }
  return new JobError({ code: 'JOB_CRASHED', message: `expected ${job.name} to end with a result, found exit code ${code}\n${lastLines}` });
}
