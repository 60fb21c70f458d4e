import { describe, expect, it } from '@jest/globals';
import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { storesOf } from '../src/exercise/candidate.stores.ts';
import type { DeclaredService } from '../src/exercise/candidate.ts';
import { loadExercise } from '../src/exercise/exercise.declaration.ts';
import type { Stand } from '../src/exercise/stand.ts';
import { loadPipeline } from '../src/jobs/pipeline.declaration.ts';
import type { BuiltImage } from '../src/publish/built.image.ts';
import { beginStand, endStand, exerciseImages, exerciseOf } from '../src/runs/run.exercise.ts';
import type { RunExercise } from '../src/runs/run.exercise.ts';

const ROOT = join(import.meta.dirname, '../../..');
const [job] = loadPipeline(join(ROOT, 'pipelines/pipeline.yaml')).filter(({ name }) => name === 'exercise');

/** Only what is asked before anything is started: which images are released as they are. */
function exercise(released: readonly string[]): RunExercise {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no engine is there to be asked
  const parts = {
    job,
    images: ['catalog', 'orders'].map((name) => ({ name }) as BuiltImage),
    publisher: { isReleased: async ({ name }: { name: string }) => released.includes(name) },
    signal: AbortSignal.abort(new Error('would have been started')),
  } as unknown as RunExercise;
  return parts;
}

describe('which images are exercised', () => {
  it('none that is released as it is: it was, when it was published', async () => {
    expect(await exerciseImages(exercise(['catalog', 'orders']))).toMatchObject({
      outcome: 'passed',
      skipped: true,
      facts: { services: {} },
    });
  });
  it('each that is not', async () => {
    await expect(exerciseImages(exercise(['catalog']))).rejects.toThrow('would have been started');
  });
});

describe('the stand that is set up before anything is built', () => {
  const sourceOf = (files: Readonly<Record<string, string>>) => {
    const all: Readonly<Record<string, string>> = { 'compose.yaml': 'services: {}', ...files };
    return { text: (path: string) => all[path] ?? '' };
  };
  const begin = (files: Readonly<Record<string, string>>, planned: readonly string[], notAlone = {}) => {
    const source = sourceOf(files);
    const engine = { createVolume: async () => Promise.reject(new Error('no engine is there')), removeVolume: async () => undefined };
    const parts = {
      source,
      notAlone,
      engine,
      project: 'demo',
      run: 'run-1',
      settings: { exerciseImages: {} },
      signal: AbortSignal.abort(),
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no engine is there to be asked
    return beginStand(parts as unknown as Parameters<typeof beginStand>[0], planned);
  };
  const card = (name: string, needs = {}): Readonly<Record<string, string>> => ({
    [`apps/${name}/service.yaml`]: JSON.stringify({
      name,
      description: 'A service of this test',
      tier: 'public',
      owner: 'shop',
      parent: 'node',
      ports: { https: 8443 },
      networks: [],
      needs,
      secrets: [],
      health: { live: '/health/live', ready: '/health/ready' },
    }),
  });

  it('is that of the first service that needs stores and can start alone', () => {
    const files = { ...card('bare'), ...card('alone', { database: 'a-postgres' }), ...card('first', { database: 'b-postgres' }) };
    const begun = begin(files, ['bare', 'alone', 'first'], { alone: 'it cannot start without others' });
    expect(begun?.service).toBe('first');
  });
  it('is none where nothing needs one, or a card cannot be read: others say what is wrong with it', () => {
    expect(begin({ ...card('bare'), 'apps/broken/service.yaml': ':' }, ['bare', 'broken'])).toBeUndefined();
  });
  it('is also that of a service called constructor: every object has something of this name, and that is no reason', async () => {
    const files = card('constructor', { database: 'a-postgres' });
    const begun = begin(files, ['constructor']);
    await endStand(begun);
    expect(begun?.service).toBe('constructor');
    const stand = Promise.reject<Stand>(new Error('would have been started'));
    stand.catch(() => undefined);
    const image = { name: 'constructor' } as BuiltImage;
    const source = sourceOf(files);
    const parts = { source, images: [image], notAlone: {}, signal: new AbortController().signal, begun: { service: 'constructor', stand } };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no engine is there to be asked
    const alone = { ...exercise([]), ...parts } as unknown as RunExercise;
    await expect(exerciseImages(alone)).rejects.toThrow('would have been started');
  });
  it('has no store of a kind that nobody knows, whatever it is called', () => {
    const service = (needs: object): DeclaredService => ({ card: { needs }, environment: {} }) as unknown as DeclaredService;
    const images = { postgres: 'a', 'postgres-init': 'b', undefined: 'c' };
    expect(storesOf(service({ database: 'a-postgres' }), images)).toHaveLength(1);
    expect(storesOf(service({ constructor: 'a-postgres' }), images)).toBeUndefined();
  });
  it('tells whoever wants it that it could not be set up, and nobody else', async () => {
    const begun = begin(card('first', { database: 'b-postgres' }), ['first']);
    await endStand(begun);
    await expect(begun?.stand).rejects.toThrow('no engine is there');
  });
});

describe('what is said of an exercise', () => {
  const result = {
    outcome: 'passed' as const,
    summary: '',
    problems: [],
    facts: { services: { catalog: ['exercise', 'exercise: TLS alone'] } },
  };
  it('is said of the image that it is about, and of no other', () => {
    expect(exerciseOf(result, 'catalog')).toEqual(['exercise', 'exercise: TLS alone']);
    expect(exerciseOf(result, 'orders')).toEqual([]);
    expect(exerciseOf(result, 'constructor')).toEqual([]);
  });
  it('is nothing where there was none, so that the gatekeeper refuses', () => expect(exerciseOf(undefined, 'catalog')).toEqual([]));
});

describe('pipelines/exercise.yaml', () => {
  it('leaves out only what cannot start alone', () => {
    expect(Object.keys(loadExercise(join(ROOT, 'pipelines/exercise.yaml')))).toEqual(['identity', 'pipeline']);
  });
  it.each(['version: 1\nnotAlone: { catalog: no }', 'version: 2\nnotAlone: {}', 'notAlone: {}'])('refuses %j', (yaml) => {
    const directory = mkdtempSync(join(tmpdir(), 'exercise-'));
    writeFileSync(join(directory, 'e.yaml'), yaml);
    expect(() => loadExercise(join(directory, 'e.yaml'))).toThrow('e.yaml');
    rmSync(directory, { recursive: true });
  });
});
