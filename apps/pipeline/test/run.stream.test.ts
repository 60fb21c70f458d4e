import { EventEmitter } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenVerifier } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import { RunsController } from '../src/http/runs.controller.ts';
import { RunQueue } from '../src/runs/run.queue.ts';
import { RunStore } from '../src/runs/run.store.ts';
import { newRun } from '../src/runs/run.ts';
import type { GitRepository } from '../src/source/git.repository.ts';

const ADA: Identity = { kind: 'person', name: 'ada', roles: ['developer'], expires: Date.now() / 1000 + 3_600, tokenId: 'stolen' };

describe('who follows a run', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'run-stream-'));
  });
  afterEach(() => {
    jest.useRealTimers();
    rmSync(directory, { recursive: true });
  });

  it('is told of it until the token is revoked', async () => {
    const store = new RunStore(directory);
    const source = Promise.withResolvers<{ message: string }>();
    const queue = new RunQueue({
      store,
      stages: ['source', 'check'],
      execute: async (recorder) => {
        await recorder.stage('source', async () => source.promise);
        await recorder.stage('check', async () => ({ message: 'after the revocation' }));
        return [];
      },
      cleanUp: async () => undefined,
      cleanUpRuns: async () => undefined,
      isReleased: async () => true,
      onError: () => undefined,
    });
    const { id } = await queue.request({
      commit: 'c'.repeat(40),
      author: 'Ada',
      title: 'x',
      requestedBy: 'ada',
      purpose: 'review',
      operator: false,
    });
    const revoked = new Set(['another']);
    const tokens = new TokenVerifier({ keys: {}, revocations: { ready: async () => undefined, has: (token) => revoked.has(token) } });
    const raw = Object.assign(new PassThrough({ encoding: 'utf8' }), { writeHead: () => undefined });
    const reply = { hijack: () => undefined, raw } as unknown as FastifyReply;
    const told = new RunsController(queue, store, {} as GitRepository, tokens).events(
      id,
      ADA,
      { raw: new EventEmitter() } as FastifyRequest,
      reply,
    );
    while (!JSON.stringify(store.find(id)).includes('running')) await turn();
    await turn();
    revoked.add('stolen');
    source.resolve({ message: 'three files' });
    await told;
    const text = (await raw.toArray()).join('');
    expect(text).toContain('"state":"running"');
    expect(text).not.toContain('three files');
  });

  it('is let go when the token is revoked, also where nothing happens to the run; another’s goes on', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    const store = new RunStore(directory);
    const about = { author: 'Ada', title: 'x', requestedBy: 'ada', purpose: 'review', operator: false, stages: [] } as const;
    const run = newRun({ ...about, commit: 'c'.repeat(40) });
    store.save(run);
    const revoked = new Set(['another']);
    const tokens = new TokenVerifier({ keys: {}, revocations: { ready: async () => undefined, has: (token) => revoked.has(token) } });
    const raw = Object.assign(new PassThrough(), { writeHead: () => undefined }).resume();
    const reply = { hijack: () => undefined, raw } as unknown as FastifyReply;
    const controller = new RunsController({} as RunQueue, store, {} as GitRepository, tokens);
    const told = controller.events(run.id, ADA, { raw: new EventEmitter() } as FastifyRequest, reply);
    await jest.advanceTimersByTimeAsync(20_000);
    expect(raw.writableEnded).toBe(false);
    revoked.add('stolen');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(raw.writableEnded).toBe(true);
    await told;
    expect(jest.getTimerCount()).toBe(0);
  });
});
