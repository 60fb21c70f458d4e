import Docker from 'dockerode';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { awaitThat, MINIMUM } from '@seaworthy/drills';
import { interrupted, onInterrupt } from '../host/interrupt.ts';
import type { Engine } from '../host/engine/engine.ts';
import type { Instance } from '../instance.ts';
import { readState } from '../start/state.ts';
import type { PlatformState } from '../start/state.ts';
import type { Progress } from '../ui/progress.ts';
import { BenchCopy } from './bench-copy.ts';
import type { Figure } from './figures.ts';
import { measureIdleMemory } from './measure-idle-memory.ts';
import { measureDevelopment } from './measure-development.ts';
import { measureBuild, measureSizes, measureVerification } from './measure-images.ts';
import { measureStartUp } from './measure-start-up.ts';
import { measureThroughput, throughputFigures } from './throughput/measure-throughput.ts';

export interface BenchOptions {
  /** how often what takes seconds is done; what takes milliseconds is done five times as often */
  readonly runs: number;
  /** begin with nothing: no packages, no downloads, no built images */
  readonly cold: boolean;
  /** measure `npm test` as well */
  readonly tests: boolean;
}

const SHORT = 5;
/** as long as a replica may take to drain, and a little more */
const DRAINED_MS = 15_000;
/** Of one turn: a number of requests, so that V8 has compiled the same of each service, on a busy machine as on a quiet one. */
const ROUND_REQUESTS = 20_000;

/**
 * Measures everything side by side, on a throw-away clone with a platform of its own, and removes it whatever happens.
 * @param figures gets what is measured, as it is: where a part fails, it holds what was measured before
 * @throws what that part met
 */
export async function bench(main: Instance, engine: Engine, options: BenchOptions, progress: Progress, figures: Figure[]): Promise<void> {
  const copy = await progress.stage('Cloning HEAD, for a platform that only this is measured on', async () => BenchCopy.make(main, engine));
  const docker = new Docker({ socketPath: engine.socketPath });
  const work = measureAndRemove(copy, async () => measure(copy, docker, options, progress, figures), progress);
  // an interruption ends the command that is under way, and with it the work: once, and in this order
  const forget = onInterrupt(async () => work.then(nothing, nothing));
  try {
    await work;
  } finally {
    forget();
  }
}

async function measureAndRemove(copy: BenchCopy, work: () => Promise<void>, progress: Progress): Promise<void> {
  try {
    await work();
  } finally {
    await progress.stage('Removing it', async () => copy.remove());
  }
}

function nothing(): void {
  // how it ended is told where it is awaited
}

async function measure(
  copy: BenchCopy,
  docker: Docker,
  { runs, cold, tests }: BenchOptions,
  progress: Progress,
  figures: Figure[],
): Promise<void> {
  const { instance } = copy;
  const part = async (title: string, work: () => Promise<Figure[]>): Promise<void> => {
    figures.push(...(await progress.stage(title, work)));
  };
  figures.push(...(await firstStart(copy, cold, progress)));
  figures.push(await warmStarts(copy, runs, progress));
  figures.push(await changes(copy, docker, runs, progress));
  const state = stateOf(instance);
  await part('Verifying, and pulling', async () => measureVerification(instance, runs * SHORT));
  await part('Building a service', async () => measureBuild(instance, runs * SHORT));
  await part('Starting containers', async () => measureStartUp(docker, instance, state.imageIds['node'] ?? '', runs * 2));
  await part('Loading a bare and a secured service, in turns', async () => throughput(instance.root, runs * 2));
  await part('Saving a source that is developed', async () =>
    measureDevelopment({ root: instance.root, environment: copy.environment }, runs * 2),
  );
  await part('Weighing images', async () => measureSizes(instance));
  await part('Weighing replicas that have nothing to do', async () => measureIdleMemory(docker, instance));
  if (tests) figures.push(await quickTestDuration(copy, progress), await testDuration(copy, progress));
}

/** Needs no platform: both services are processes on this machine. */
export async function throughput(root: string, runs: number): Promise<Figure[]> {
  return throughputFigures(await measureThroughput(root, runs, ROUND_REQUESTS));
}

/** A figure only when it began with nothing; otherwise it is what the rest stands on. */
async function firstStart(copy: BenchCopy, cold: boolean, progress: Progress): Promise<Figure[]> {
  if (!cold) await progress.stage('Bringing packages, downloads and built images along', async () => copy.warmCaches());
  const title = cold ? 'Starting with nothing but the engine' : 'Starting its platform';
  const value = await timed(copy, progress, title, ['start']);
  if (!cold) return [];
  // no target: that includes the engine
  const note = 'npm ci included; the engine was there, and so were the layers that it had loaded before: a bare machine takes longer';
  return [{ id: 'cold', title: 'npm start with nothing but the engine', unit: 'ms', values: [value], note }];
}

async function warmStarts(copy: BenchCopy, runs: number, progress: Progress): Promise<Figure> {
  const values = await progress.stage('Starting what runs already', async (stage) =>
    repeat(runs, async (run) => {
      stage.update(`${run}/${runs}`);
      return copy.npm(['start']);
    }),
  );
  return { id: 'warm', title: 'warm npm start, with its attack', unit: 'ms', values, target: 20_000 };
}

/** From a commit that is made to replicas that run it; whether they really do is asked of the engine. */
async function changes(copy: BenchCopy, docker: Docker, runs: number, progress: Progress): Promise<Figure> {
  const values = await progress.stage('Committing a change of one line, and starting', async (stage) =>
    repeat(runs, async (run) => {
      stage.update(`${run}/${runs}`);
      const before = stateOf(copy.instance);
      await copy.commitChange();
      const value = await copy.npm(['start', '--', '--no-attack']);
      await requireDeployed(docker, copy.instance, before);
      return value;
    }),
  );
  const note = 'npm start after the commit: every check, evidence, verdict, verified deploy, both replicas replaced';
  return { id: 'change', title: 'one-line change of catalog: committed to running', unit: 'ms', values, target: 60_000, note };
}

async function quickTestDuration(copy: BenchCopy, progress: Progress): Promise<Figure> {
  const value = await timed(copy, progress, 'npm run test:quick', ['run', 'test:quick']);
  const note = 'its platform ran besides, and asked its replicas how they are';
  return { id: 'test-quick', title: 'npm run test:quick', unit: 'ms', values: [value], target: 60_000, note };
}

async function testDuration(copy: BenchCopy, progress: Progress): Promise<Figure> {
  const value = await timed(copy, progress, 'npm test', ['test']);
  // no target: that is for a fresh clone
  const note = 'its platform ran already, and packages and images were there: a fresh clone takes longer';
  return { id: 'test', title: 'npm test beside its platform', unit: 'ms', values: [value], note };
}

/** Milliseconds that an npm command of the copy took; its lines are shown meanwhile. */
async function timed(copy: BenchCopy, progress: Progress, title: string, words: readonly string[]): Promise<number> {
  return progress.stage(title, async (stage) => copy.npm(words, (line) => stage.update(line.trim())));
}

/** At once as many of the changed image as there have to be; the last of the others may still finish what it has in hand. */
async function requireDeployed(docker: Docker, instance: Instance, before: PlatformState): Promise<void> {
  const wanted = stateOf(instance).imageIds['catalog'];
  if (wanted === before.imageIds['catalog'])
    throw new Error('expected a changed image of catalog, found the one before: nothing was measured');
  const filters = { label: [`${OWNER_LABEL}=${instance.project}`, 'com.docker.compose.service=catalog'] };
  let running: string[] = [];
  const changed = (): number => running.filter((id) => id === wanted).length;
  await awaitThat(async () => {
    running = (await docker.listContainers({ filters })).map(({ ImageID }) => ImageID);
    return changed() < MINIMUM || changed() === running.length;
  }, DRAINED_MS);
  if (changed() < MINIMUM || changed() !== running.length)
    throw new Error(`expected replicas of the changed image ${wanted}, found ${running.join(', ') || 'none'}: nothing was measured`);
}

function stateOf(instance: Instance): PlatformState {
  const state = readState(instance);
  if (state === undefined) throw new Error('expected the state of a platform that was started, found none');
  return state;
}

async function repeat(runs: number, work: (run: number) => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  for (let run = 1; run <= runs; run += 1) {
    interrupted.throwIfAborted();
    values.push(await work(run));
  }
  return values;
}
