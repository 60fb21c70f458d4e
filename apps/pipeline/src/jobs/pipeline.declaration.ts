import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';

const Size = z.string().regex(/^\d{1,5}[mg]$/, 'expected a size like 256m or 2g');

const Job = z.strictObject({
  name: z.string().regex(/^[a-z]{2,20}$/),
  /** the job program that ships with the pipeline: `<program>.js` */
  program: z.string().regex(/^[a-z]{2,20}$/),
  /** jobs that must have ended well before */
  after: z.array(z.string()),
  /** what it can read: the source, the packages, the parent images, outputs of other jobs. Nothing else is mounted. */
  inputs: z.array(z.string()),
  /** how much it can write below /out */
  output: Size,
  /** `candidate`: once for each service that was built, beside it on a network that leads nowhere */
  network: z.enum(['none', 'egress', 'candidate']),
  memory: Size,
  pids: z.int().min(8).max(1024),
  timeoutSeconds: z.int().min(5).max(1800),
});
export type JobDeclaration = z.infer<typeof Job>;

const Pipeline = z.strictObject({ version: z.literal(1), jobs: z.array(Job).min(1) }).superRefine(({ jobs }, context) => {
  const known = new Set<string>();
  for (const job of jobs) {
    const unknown = job.after.find((name) => !known.has(name));
    if (unknown !== undefined)
      context.addIssue({ code: 'custom', message: `${job.name}: after names ${unknown}, which is not declared before it` });
    if (known.has(job.name)) context.addIssue({ code: 'custom', message: `${job.name} is declared twice` });
    known.add(job.name);
  }
});

/** Reads pipelines/pipeline.yaml: order and isolation of the jobs, no logic. */
export function loadPipeline(file: string): readonly JobDeclaration[] {
  const result = Pipeline.safeParse(parse(readFileSync(file, 'utf8')));
  if (result.success) return result.data.jobs;
  const [issue] = result.error.issues;
  throw new Error(`${file}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'expected a declaration of jobs'}`);
}

/** Bytes of a declared size. */
export function sizeInBytes(size: string): number {
  return Number.parseInt(size, 10) * (size.endsWith('g') ? 1024 ** 3 : 1024 ** 2);
}
