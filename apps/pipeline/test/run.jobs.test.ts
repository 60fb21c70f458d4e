import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AdvisorySources } from '@seaworthy/supply-chain';
import type { JobDeclaration } from '../src/jobs/pipeline.declaration.ts';
import { runJobs } from '../src/runs/run.jobs.ts';
import { newRun } from '../src/runs/run.ts';
import { RunRecorder } from '../src/runs/run.recorder.ts';
import { RunStore } from '../src/runs/run.store.ts';

const job = (name: string, network: JobDeclaration['network'] = 'none'): JobDeclaration => ({
  name,
  network,
  after: [],
  program: name,
  inputs: [],
  output: '1m',
  memory: '64m',
  pids: 8,
  timeoutSeconds: 5,
});
const REQUEST = { commit: 'c'.repeat(40), author: 'Ada', title: 'change', requestedBy: 'ada', purpose: 'release', operator: true } as const;

describe('the jobs of a run', () => {
  let directory: string;
  let sources: AdvisorySources;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'run-jobs-'));
    sources = new AdvisorySources(join(directory, 'sources.json'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const run = async (npm: 'answered' | 'unavailable') =>
    runJobs({
      jobs: [job('advisories', 'egress'), job('exercise', 'candidate')],
      recorder: new RunRecorder(new RunStore(join(directory, 'runs')), newRun({ ...REQUEST, stages: ['advisories', 'exercise'] })),
      workspace: {
        run: async ({ name }) => ({
          outcome: 'passed',
          summary: name,
          problems: [],
          facts: {
            sources: [
              { source: 'npm', status: npm },
              { source: 'debian', status: 'unavailable' },
            ],
          },
        }),
      },
      exercise: async ({ name }) => ({ outcome: 'passed', summary: `${name} of each image`, problems: [], facts: {}, skipped: true }),
      sources,
      signal: new AbortController().signal,
    });

  it('leave for later runs when a source of advisories has answered, and not that it was silent since, twice', async () => {
    const before = Date.now();
    await run('answered');
    const { npm, debian } = sources.lastAnswers();
    expect(Date.parse(npm ?? '')).toBeGreaterThanOrEqual(before);
    expect(debian).toBeUndefined();
    await run('unavailable');
    await run('unavailable');
    expect(sources.lastAnswers()).toEqual({ npm });
  });

  it('each say what they found out', async () => {
    const results = await run('answered');
    expect([...results].map(([name, { summary }]) => [name, summary])).toEqual([
      ['advisories', 'advisories'],
      ['exercise', 'exercise of each image'],
    ]);
  });
});
