import { describe, expect, it } from '@jest/globals';
import type { JobDeclaration } from '../src/jobs/pipeline.declaration.ts';
import { runGraph } from '../src/runs/job.graph.ts';

describe('the graph of jobs', () => {
  const job = (name: string, ...after: string[]): JobDeclaration => ({
    name,
    after,
    program: name,
    inputs: [],
    output: '1m',
    network: 'none',
    memory: '64m',
    pids: 8,
    timeoutSeconds: 5,
  });
  const signal = new AbortController().signal;

  it('runs a job when those before it have ended, and independent ones together', async () => {
    const events: string[] = [];
    await runGraph(
      [job('fetch'), job('check', 'fetch'), job('build', 'fetch'), job('examine', 'build')],
      async ({ name }) => {
        events.push(`+${name}`);
        await new Promise((resolve) => setImmediate(resolve));
        events.push(`-${name}`);
      },
      signal,
    );
    expect(events).toEqual(['+fetch', '-fetch', '+check', '+build', '-check', '-build', '+examine', '-examine']);
  });
  it('begins nothing after a failure, ends what is under way, and tells the first reason', async () => {
    const begun: string[] = [];
    let ended = false;
    const run = runGraph(
      [job('fetch'), job('check', 'fetch'), job('build', 'fetch'), job('examine', 'build')],
      async ({ name }, stop) => {
        begun.push(name);
        if (name === 'check') throw new Error('lint');
        if (name !== 'build') return;
        await new Promise((_resolve, reject) => stop.addEventListener('abort', () => reject(new Error('ended'))));
        ended = true;
      },
      signal,
    );
    await expect(run).rejects.toThrow('lint');
    expect(begun).toEqual(['fetch', 'check', 'build']);
    expect(ended).toBe(false);
  });
});
