import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Digest } from '@seaworthy/oci';
import type { BuiltImage } from '../src/publish/built.image.ts';
import type { RunEvidence } from '../src/publish/publisher.ts';
import { publishImages } from '../src/runs/publish.images.ts';
import { newRun } from '../src/runs/run.ts';
import { RunRecorder } from '../src/runs/run.recorder.ts';
import { RunStore } from '../src/runs/run.store.ts';

const COMMIT = 'c'.repeat(40);
const REQUEST = { commit: COMMIT, author: 'Ada', title: 'change', requestedBy: 'ada', purpose: 'release', operator: true } as const;
const digestFor = (letter: string): Digest => `sha256:${letter.repeat(64)}`;
const image = (name: string): BuiltImage => ({ name, digest: digestFor('a') }) as BuiltImage;
const away = (): Error => Object.assign(new Error('the registry is away'), { code: 'UNREACHABLE' });

describe('the images of a run', () => {
  let directory: string;
  let recorder: RunRecorder;
  let asked: string[];

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'publish-images-'));
    recorder = new RunRecorder(new RunStore(directory), newRun({ ...REQUEST, stages: ['publish', 'gatekeeper'] }));
    asked = [];
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  /** A registry that does not take `refused`, and has `released`. */
  const publish = async ({ refused = '', released = '' }: { refused?: string; released?: string } = {}) =>
    publishImages(
      {
        isReleased: async ({ name }) => name === released,
        publish: async ({ name }) => {
          asked.push(`publish ${name}`);
          if (name === refused) throw away();
        },
        promote: async ({ name, digest }, commit) => {
          asked.push(`promote ${name} of ${commit.slice(0, 1)}`);
          return { name, repository: `release/${name}`, digest, reused: false };
        },
      },
      recorder,
      {
        images: [image('orders'), image('catalog')],
        evidence: { commit: COMMIT } as RunEvidence,
        plan: { unchanged: [{ name: 'payments', digest: digestFor('b') }] },
      },
    );
  const states = () => recorder.run.stages.map(({ name, state }) => [name, state]);

  it('are promoted once all of them are published; what is released stays as it is', async () => {
    const outcomes = await publish({ released: 'orders' });
    expect(asked).toEqual(['publish catalog', 'promote catalog of c']);
    expect(outcomes.map(({ name, reused }) => [name, reused])).toEqual([
      ['catalog', false],
      ['orders', true],
      ['payments', true],
    ]);
    expect(states()).toEqual([
      ['publish', 'succeeded'],
      ['gatekeeper', 'succeeded'],
    ]);
  });

  it('are none of them promoted when one could not be published, and the run says why', async () => {
    const failure = await publish({ refused: 'orders' }).catch((error: unknown) => error);
    recorder.fail(failure);
    expect(asked).toEqual(['publish orders', 'publish catalog']);
    expect(states()).toEqual([
      ['publish', 'failed'],
      ['gatekeeper', 'waiting'],
    ]);
    expect(recorder.run).toMatchObject({
      state: 'failed',
      failure: { stage: 'publish', code: 'UNREACHABLE', message: 'the registry is away' },
    });
  });
});
