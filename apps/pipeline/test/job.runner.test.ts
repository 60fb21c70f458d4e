import { describe, expect, it } from '@jest/globals';
import type { EngineClient } from '../src/engine/engine.client.ts';
import { runJob } from '../src/jobs/job.runner.ts';
import type { JobDeclaration } from '../src/jobs/pipeline.declaration.ts';

/** A job that never ends by itself, and what was done to its container. */
function run(timeoutSeconds: number, signal: AbortSignal) {
  const done: string[] = [];
  const engine = {
    createContainer: async () => 'id',
    start: async () => undefined,
    wait: async (_id: string, limit: AbortSignal) =>
      new Promise((_resolve, reject) => {
        if (limit.aborted) reject(new Error('aborted'));
        limit.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    kill: async () => done.push('killed'),
    removeContainer: async () => done.push('removed'),
  } as unknown as EngineClient;
  const job = { name: 'build', program: 'build', memory: '1g', pids: 1, timeoutSeconds } as JobDeclaration;
  const ended = runJob({ engine, job, name: 'x', image: 'x', labels: {}, mounts: [], environment: {}, cpus: 1, signal });
  return { ended, done };
}

describe('a job that does not end', () => {
  it('is killed when its time is over, and says so', async () => {
    const { ended, done } = run(0.01, new AbortController().signal);
    await expect(ended).rejects.toMatchObject({ code: 'JOB_TIMED_OUT', message: 'expected build to end within 0.01 s; it was killed' });
    expect(done).toEqual(['killed', 'removed']);
  });

  it('is killed when its run has ended, and blames no time', async () => {
    const { ended, done } = run(60, AbortSignal.abort());
    await expect(ended).rejects.toMatchObject({ code: 'JOB_STOPPED', message: 'build was stopped, since its run had ended' });
    expect(done).toEqual(['killed', 'removed']);
  });
});
