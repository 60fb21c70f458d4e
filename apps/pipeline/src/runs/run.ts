import { randomBytes } from 'node:crypto';
import { z } from 'zod';

export const RUN_STATES = ['queued', 'running', 'succeeded', 'failed'] as const;
const STAGE_STATES = ['waiting', 'running', 'succeeded', 'skipped', 'failed'] as const;

const Stage = z.object({
  name: z.string(),
  state: z.enum(STAGE_STATES),
  startedAt: z.string().optional(),
  durationMs: z.int().optional(),
  /** for people: what was done, or why not */
  message: z.string().optional(),
});
export type Stage = z.infer<typeof Stage>;

const ImageOutcome = z.object({
  name: z.string(),
  /** where the promoted image lies */
  repository: z.string(),
  digest: z.string(),
  /** true: this digest was released already, and nothing was pushed */
  reused: z.boolean(),
});
export type ImageOutcome = z.infer<typeof ImageOutcome>;

/** One way of a commit through the pipeline; stored as JSON, shown to clients as it is. */
export const Run = z.object({
  id: z.string(),
  commit: z.string(),
  author: z.string(),
  title: z.string(),
  requestedBy: z.string(),
  /** `review`: the commit is only proposed; it goes through every job, and nothing of it is published */
  purpose: z.enum(['release', 'review']).default('release'),
  /** whether the operator asked for it */
  operator: z.boolean().default(false),
  state: z.enum(RUN_STATES),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  finishedAt: z.string().optional(),
  /** code of the error that ended it */
  failure: z.object({ stage: z.string(), code: z.string(), message: z.string() }).optional(),
  stages: z.array(Stage),
  images: z.array(ImageOutcome),
});
export type Run = z.infer<typeof Run>;

export function newRun({
  commit,
  author,
  title,
  requestedBy,
  purpose,
  operator,
  stages,
}: Pick<Run, 'commit' | 'author' | 'title' | 'requestedBy' | 'purpose' | 'operator'> & { stages: readonly string[] }): Run {
  return {
    id: `run-${randomBytes(6).toString('hex')}`,
    commit,
    author,
    title,
    requestedBy,
    purpose,
    operator,
    state: 'queued',
    createdAt: new Date().toISOString(),
    stages: stages.map((name) => ({ name, state: 'waiting' })),
    images: [],
  };
}

export function isFinished({ state }: Run): boolean {
  return state === 'succeeded' || state === 'failed';
}
