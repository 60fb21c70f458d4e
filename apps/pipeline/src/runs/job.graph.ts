import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';

/**
 * Runs every job as soon as the jobs before it have ended well. After a failure no further one begins, those under way are ended,
 * and all have stopped when it throws: what remains to be cleaned up does not grow.
 */
export async function runGraph(
  jobs: readonly JobDeclaration[],
  run: (job: JobDeclaration, signal: AbortSignal) => Promise<void>,
  outer: AbortSignal,
): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([outer, failed.signal]);
  const done = new Map<string, Promise<void>>();
  let reason: unknown;
  for (const job of jobs) {
    const before = job.after.map(async (name) => done.get(name));
    const work = (async () => {
      await Promise.all(before);
      signal.throwIfAborted();
      await run(job, signal);
    })();
    done.set(
      job.name,
      work.catch((error: unknown) => {
        if (!failed.signal.aborted) {
          reason = error;
          failed.abort();
        }
        throw error;
      }),
    );
  }
  const outcomes = await Promise.allSettled(done.values());
  if (outcomes.some(({ status }) => status === 'rejected')) throw reason;
}
