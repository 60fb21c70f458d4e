import { describe, expect, it } from '@jest/globals';
import { buffer } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Candidate } from '../src/exercise/candidate.ts';
import { exerciseCandidate } from '../src/exercise/exercise.runner.ts';
import type { ExerciseOptions } from '../src/exercise/exercise.runner.ts';
import type { Stand } from '../src/exercise/stand.ts';
import { textTar } from '../src/jobs/tar.rules.ts';

describe('a candidate that ends at once', () => {
  it('is said not to be alive, with what it wrote, and nobody tries it', async () => {
    const made: string[] = [];
    const engine = {
      createContainer: async (name: string) => (made.push(name), name),
      start: async () => undefined,
      // as the engine says it of a container that has exited
      addressOf: async () => '',
      wait: async () => 78,
      logs: async (id: string) => (id.endsWith('.candidate') ? 'Cannot find module x\n' : 'PORT: expected a port'),
      removeContainer: async () => undefined,
    };
    const keeper = { volume: (key: string) => key, fill: async (_key: string, tar: Readable) => buffer(tar) };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no engine is there to be asked
    const stand = {
      keeper,
      network: 'net',
      hasStores: false,
      stores: async () => ({}),
      dispose: async () => undefined,
    } as unknown as Stand;
    const options = {
      engine,
      project: 'demo',
      run: 'run-1',
      settings: { exerciseImages: { node: 'i' } },
      signal: new AbortController().signal,
    };
    const image = { parent: { name: 'node' }, layer: { bytes: gzipSync(await buffer(textTar({ 'app/main.js': '' }))) } };
    const candidate = { card: { name: 'catalog', ports: [8443], commands: {} }, environment: {}, image };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of both as is asked for
    const result = await exerciseCandidate(options as unknown as ExerciseOptions, candidate as unknown as Candidate, 0, stand);
    expect(result).toMatchObject({
      outcome: 'failed',
      problems: [expect.stringContaining('apps/catalog: NOT_ALIVE: expected it to run, found that it has ended'), 'Cannot find module x'],
    });
    expect(new Set(made.map((name) => name.split('.').at(-1)))).toEqual(new Set(['candidate', 'misconfigured']));
  });
});
