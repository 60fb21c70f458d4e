import { describe, expect, it, beforeEach, afterEach } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { textTar } from '../src/jobs/tar.rules.ts';
import { executeRun } from '../src/runs/run.execution.ts';
import type { ExecutionOptions } from '../src/runs/run.execution.ts';
import { newRun } from '../src/runs/run.ts';
import { RunRecorder } from '../src/runs/run.recorder.ts';
import { RunStore } from '../src/runs/run.store.ts';

const REQUEST = { commit: 'c'.repeat(40), author: 'Ada', title: 'x', requestedBy: 'ada', purpose: 'review', operator: true } as const;
const PERSON = 'Ada <ada@example.org> 1700000000 +0000';

describe('a run whose work is done', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'execution-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('has succeeded also when the engine keeps what it used, and that is said', async () => {
    const left: string[] = [];
    const engine = {
      createVolume: async () => undefined,
      createContainer: async () => 'keeper',
      start: async () => undefined,
      putArchive: async (_id: string, _path: string, tar: Readable) => buffer(tar),
      endOf: async () => undefined,
      removeContainer: async () => Promise.reject(new Error('removal of container keeper is already in progress')),
      removeVolume: async () => undefined,
    };
    const options = {
      engine,
      project: 'demo',
      settings: {},
      programs: new Map(),
      policies: new Map(),
      jobs: [],
      notAlone: {},
      sources: { lastAnswers: () => ({}) },
      parents: { of: async () => new Map() },
      sourceRules: { policy: { signature: { required: false }, protectedPaths: ['x'] } },
      lastReleased: () => undefined,
      repository: {
        commitObject: async () => Buffer.from(`tree ${'0'.repeat(40)}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nx\n`),
        archive: () => textTar({ 'package-lock.json': '{"packages":{}}' }),
      },
      onLeftBehind: (error: Error) => left.push(error.message),
    };
    const recorder = new RunRecorder(new RunStore(directory), newRun({ ...REQUEST, stages: ['source', 'publish', 'gatekeeper'] }));
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much as a run without services asks for
    const outcomes = await executeRun(options as unknown as ExecutionOptions, recorder, new AbortController().signal);
    expect(outcomes).toEqual([]);
    expect(recorder.run.stages.map(({ state }) => state)).toEqual(['succeeded', 'skipped', 'skipped']);
    expect(left).toEqual(['removal of container keeper is already in progress']);
  });
});
