import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunRecorder } from '../src/runs/run.recorder.ts';
import { RunQueue, WAITING_LIMITS } from '../src/runs/run.queue.ts';
import { RunStore } from '../src/runs/run.store.ts';
import { newRun } from '../src/runs/run.ts';
import type { Run } from '../src/runs/run.ts';

const COMMIT = 'c'.repeat(40);
const request = (commit = COMMIT) => ({
  commit,
  author: 'Ada',
  title: 'change',
  requestedBy: 'ada',
  purpose: 'release' as const,
  operator: true,
});

let directory: string;
let store: RunStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runs-'));
  store = new RunStore(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

const finished = async (id: string): Promise<Run> => {
  let last: Run | undefined;
  for await (const run of store.follow(id, AbortSignal.timeout(300_000))) last = run;
  if (!last) throw new Error('no run');
  return last;
};

const nothing = async (): Promise<void> => undefined;
const QUIET = { cleanUp: nothing, cleanUpRuns: nothing, isReleased: async () => true, onError: () => undefined };

function queueOf(
  execute: (recorder: RunRecorder, signal: AbortSignal) => Promise<Run['images']>,
  options: Partial<ConstructorParameters<typeof RunQueue>[0]> = {},
): RunQueue {
  return new RunQueue({ store, stages: ['source', 'check'], execute, ...QUIET, ...options });
}

describe('runs', () => {
  it('go through their stages, and are on disk afterwards', async () => {
    const queue = queueOf(async (recorder) => {
      await recorder.stage('source', async () => ({ message: '3 files' }));
      await recorder.stage('check', async () => ({ skipped: true }));
      return [{ name: 'catalog', repository: 'release/catalog', digest: 'sha256:1', reused: false }];
    });
    const { id } = await queue.request(request());
    expect(await finished(id)).toMatchObject({
      state: 'succeeded',
      images: [{ name: 'catalog' }],
      stages: [{ state: 'succeeded', message: '3 files' }, { state: 'skipped' }],
    });
    expect(new RunStore(directory).find(id)).toEqual(store.find(id));
    expect(readdirSync(directory).filter((name) => name.endsWith('.new'))).toEqual([]);
  });

  it('are one at a time, in their order', async () => {
    const order: string[] = [];
    const queue = queueOf(async ({ run }) => {
      order.push(`+${run.commit[0]}`);
      await new Promise((resolve) => setImmediate(resolve));
      order.push(`-${run.commit[0]}`);
      return [];
    });
    await queue.request(request('a'.repeat(40)));
    await finished((await queue.request(request('b'.repeat(40)))).id);
    expect(order).toEqual(['+a', '-a', '+b', '-b']);
  });

  it('that the operator asks for do not wait for what a developer has asked for', async () => {
    const queue = queueOf(async ({ run }) => {
      if (!run.operator) throw Object.assign(new Error('protected'), { code: 'PATH_PROTECTED' });
      return [];
    });
    const first = await queue.request({ ...request(), operator: false });
    const second = await queue.request(request());
    expect(second.id).not.toBe(first.id);
    expect(await finished(first.id)).toMatchObject({ state: 'failed' });
    expect(await finished(second.id)).toMatchObject({ state: 'succeeded' });
    expect((await queue.request({ ...request(), operator: false })).id).toBe(second.id);
    expect(store.lastReleased()).toBe(COMMIT);
  });

  describe('when many wait', () => {
    const commitOf = (n: number): string => n.toString(16).padStart(40, '0');
    const asked = (n: number, requestedBy: string) => ({ ...request(commitOf(n)), requestedBy, operator: requestedBy === 'operator' });
    /** A queue that begins nothing but its first run until it is told to. */
    const held = () => {
      const begun: string[] = [];
      const { promise, resolve: release } = Promise.withResolvers<void>();
      const queue = queueOf(async ({ run }) => {
        begun.push(run.requestedBy);
        await promise;
        await sleep(2); // no two end in the same millisecond
        return [];
      });
      return { queue, begun, release };
    };

    it('are bounded for each who asks, so that nobody fills the queue alone', async () => {
      const { queue, release } = held();
      const first = await queue.request(asked(0, 'ada'));
      for (let n = 1; n <= WAITING_LIMITS.person; n += 1) await queue.request(asked(n, 'ada'));
      await expect(queue.request(asked(100, 'ada'))).rejects.toEqual(
        expect.objectContaining({ status: 429, code: 'TOO_MANY_REQUESTS', headers: { 'retry-after': '30' } }),
      );
      expect((await queue.request(asked(1, 'ada'))).commit).toBe(commitOf(1)); // the one that waits
      const { id } = await queue.request(asked(101, 'bob'));
      release();
      expect(await finished(first.id)).toMatchObject({ state: 'succeeded' });
      expect(await finished(id)).toMatchObject({ state: 'succeeded' });
    });
    it('are bounded for all but the operator, whose runs come first, in their order', async () => {
      const { queue, begun, release } = held();
      for (let n = 0; n <= WAITING_LIMITS.all; n += 1) await queue.request(asked(n, `person-${n}`));
      await expect(queue.request(asked(100, 'ada'))).rejects.toEqual(
        expect.objectContaining({ status: 503, code: 'UNAVAILABLE', headers: { 'retry-after': '30' } }),
      );
      await queue.request(asked(200, 'operator'));
      const { id } = await queue.request(asked(201, 'operator'));
      release();
      await finished(id);
      expect(begun.slice(0, 3)).toEqual(['person-0', 'operator', 'operator']);
      expect((await finished(store.usableRunOf(commitOf(WAITING_LIMITS.all), 'release')?.id ?? '')).state).toBe('succeeded');
      expect(store.lastReleased()).toBe(commitOf(WAITING_LIMITS.all)); // ended last, though the operator's was asked for later
    });
  });

  describe('when a record cannot be written, as on a full disk', () => {
    const spoil = (id: string): void => symlinkSync(join(directory, 'missing', id), join(directory, `${id}.json.new`));

    it('fail, and those after them go on', async () => {
      const gate = Promise.withResolvers<void>();
      const queue = queueOf(async () => {
        await gate.promise;
        return [];
      });
      await queue.request(request());
      const unlucky = await queue.request(request('d'.repeat(40)));
      const next = await queue.request(request('e'.repeat(40)));
      spoil(unlucky.id);
      gate.resolve();
      expect(await finished(unlucky.id)).toMatchObject({ state: 'failed', failure: { message: expect.stringContaining('ENOENT') } });
      expect(await finished(next.id)).toMatchObject({ state: 'succeeded' });
    });
    it('are failed at the next start all the same, and what they left is removed', async () => {
      const { id } = await queueOf(async () => new Promise(() => undefined)).request(request());
      spoil(id);
      const restarted = new RunStore(directory);
      let swept = 0;
      const cleanUp = async (): Promise<void> => void (swept += 1);
      await new RunQueue({ store: restarted, stages: [], execute: async () => [], ...QUIET, cleanUp }).recover();
      expect([restarted.find(id)?.state, swept]).toEqual(['failed', 1]);
    });
  });

  it('of a proposed commit do not count when it is to be released', async () => {
    const queue = queueOf(async () => []);
    const review = await finished((await queue.request({ ...request(), purpose: 'review' })).id);
    const release = await finished((await queue.request(request())).id);
    expect(release).toMatchObject({ purpose: 'release', commit: review.commit });
    expect(release.id).not.toBe(review.id);
  });

  it('are not repeated for a commit that has passed, but are for one that failed', async () => {
    let attempts = 0;
    const queue = queueOf(async () => {
      attempts += 1;
      if (attempts === 1) throw Object.assign(new Error('no'), { code: 'JOB_FAILED' });
      return [];
    });
    const first = await finished((await queue.request(request())).id);
    expect(first).toMatchObject({ state: 'failed', failure: { code: 'JOB_FAILED' } });
    const second = await finished((await queue.request(request())).id);
    expect(second.id).not.toBe(first.id);
    expect((await queue.request(request())).id).toBe(second.id);
    expect(attempts).toBe(2);
  });

  describe('of a commit that has passed, when its images are not released any more', () => {
    const image = { name: 'catalog', repository: 'release/catalog', digest: 'sha256:1', reused: false };
    it('are begun anew, once: the registry has lost them, or what signed them does not count', async () => {
      let isReleased = true;
      const queue = queueOf(async () => [image], { isReleased: async ({ digest }) => digest !== 'sha256:1' || isReleased });
      const first = await finished((await queue.request(request())).id);
      expect((await queue.request(request())).id).toBe(first.id);
      isReleased = false;
      const [second, third] = await Promise.all([queue.request(request()), queue.request(request())]);
      expect(second.id).not.toBe(first.id);
      expect(third.id).toBe(second.id);
      await finished(second.id);
    });
  });

  it('say at which stage they failed', async () => {
    const queue = queueOf(async (recorder) => {
      await recorder.stage('check', async () => Promise.reject(Object.assign(new Error('2 tests failed'), { code: 'JOB_FAILED' })));
      return [];
    });
    expect(await finished((await queue.request(request())).id)).toMatchObject({
      failure: { stage: 'check', code: 'JOB_FAILED', message: '2 tests failed' },
    });
  });

  it('say at which stage they were when something beside it went wrong', async () => {
    const stages = [
      { name: 'source', state: 'succeeded' as const, startedAt: '2026-01-01T00:00:00Z' },
      { name: 'check', state: 'running' as const, startedAt: '2026-01-01T00:00:01Z' },
      { name: 'publish', state: 'waiting' as const },
    ];
    const failedAt = (changed: Partial<(typeof stages)[number]>[]): string | undefined => {
      const run = newRun({ ...request(), stages: [] });
      const recorder = new RunRecorder(store, {
        ...run,
        stages: stages.map((stage, at) => ({ ...stage, ...changed[at] })),
      });
      recorder.fail(new Error('interrupted'));
      return recorder.run.failure?.stage;
    };
    expect(failedAt([])).toBe('check');
    expect(failedAt([{}, { state: 'succeeded' as never }])).toBe('check');
    expect(failedAt([{}, {}, { state: 'failed' as never }])).toBe('publish');
  });

  it('begin when what earlier ones left is removed, and all the same when it cannot be', async () => {
    const done: string[] = [];
    const errors: unknown[] = [];
    const queue = queueOf(async () => (done.push('run'), []), {
      cleanUpRuns: async () => {
        done.push('cleaned');
        throw new Error('the engine keeps one');
      },
      onError: (error) => errors.push(error),
    });
    await finished((await queue.request(request('a'.repeat(40)))).id);
    expect(await finished((await queue.request(request('b'.repeat(40)))).id)).toMatchObject({ state: 'succeeded' });
    expect(done).toEqual(['cleaned', 'run', 'cleaned', 'run']);
    expect(errors).toHaveLength(2);
  });

  it('are failed at the next start when the control plane was killed, and what they left is removed', async () => {
    let swept = 0;
    await queueOf(async () => new Promise(() => undefined)).request(request());
    const restarted = new RunStore(directory);
    const queue = new RunQueue({
      store: restarted,
      stages: [],
      execute: async () => [],
      ...QUIET,
      cleanUp: async () => {
        swept += 1;
      },
    });
    await queue.recover();
    expect(restarted.list()).toMatchObject([{ state: 'failed', failure: { code: 'INTERRUPTED' } }]);
    expect(swept).toBe(1);
  });

  it('are ended when the control plane is, and what they made is removed', async () => {
    let swept = 0;
    const untilStopped = async (_recorder: RunRecorder, signal: AbortSignal): Promise<Run['images']> =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('aborted'))));
    const queue = queueOf(untilStopped, { cleanUp: async () => void (swept += 1) });
    const { id } = await queue.request(request());
    const waiting = await queue.request(request('d'.repeat(40)));
    const followed = [finished(id), finished(waiting.id)];
    await queue.stop();
    // who follows one of them holds the server open until it is told
    for (const run of await Promise.all(followed)) expect(run).toMatchObject({ state: 'failed', failure: { code: 'INTERRUPTED' } });
    expect(swept).toBe(1);
  });

  it('are listed with the newest first, of one millisecond too: the later of a commit is the one that counts', () => {
    const createdAt = '2026-01-01T00:00:00.000Z';
    const runs = ['a', 'b', 'c'].map((id) => ({ ...newRun({ ...request(), stages: [] }), id, createdAt }));
    for (const run of runs) store.save(run);
    store.save({ ...runs[0]!, id: 'older', createdAt: '2025-12-31T23:59:59.999Z' });
    expect(store.list().map(({ id }) => id)).toEqual(['c', 'b', 'a', 'older']);
  });

  it('survive a record that is damaged', () => {
    writeFileSync(join(directory, 'run-x.json'), '{"id":');
    expect(new RunStore(directory).list()).toEqual([]);
  });
});
