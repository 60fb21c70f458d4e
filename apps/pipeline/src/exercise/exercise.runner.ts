import type { EngineClient } from '../engine/engine.client.ts';
import { mount } from '../jobs/container.spec.ts';
import { JobError } from '../jobs/job.error.ts';
import { JobResult, runJob } from '../jobs/job.runner.ts';
import type { Keeper } from '../jobs/keeper.ts';
import { runLabels, runName } from '../jobs/labels.ts';
import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';
import { readUntrustedTar } from '../jobs/tar.rules.ts';
import { withEnding } from '../jobs/with.ending.ts';
import { serviceSpec } from './candidate.container.ts';
import { layerFiles } from './candidate.ts';
import type { Candidate } from './candidate.ts';
import { fillSecrets, holdExercise, Stand } from './stand.ts';
import type { StandOptions } from './stand.ts';

export interface ExerciseOptions extends StandOptions {
  readonly job: JobDeclaration;
  /** volume with the job programs */
  readonly programs: string;
  readonly cpus: number;
}

const RESULT_LIMIT = { entries: 1, bytes: 8 * 1024 ** 2 };
/** sysexits.h: a configuration that is refused */
const EX_CONFIG = 78;
const NO_PORT = 'nonsense-instead-of-a-port';
const REFUSAL_MS = 20_000;
const MIGRATION_MS = 60_000;
const LOG_LINES = 20;

/**
 * Starts a candidate at its stand, under the limits of a service, from the base image that it is built on and the files of its own layer, and
 * lets a job of ours try it from another container. Without stores it has to say so, and to live.
 * @param slot which of the subnets; two exercises at a time have different ones
 * @param begun its stand, where that was set up before
 */
export async function exerciseCandidate(options: ExerciseOptions, candidate: Candidate, slot: number, begun?: Stand): Promise<JobResult> {
  const { name } = candidate.card;
  const stand = begun ?? (await Stand.set(options, candidate, slot));
  const { keeper, network } = stand;
  const tried = async (): Promise<JobResult> => {
    const reaching = { ...candidate, environment: { ...candidate.environment, ...(await stand.stores()) } };
    const problems = stand.hasStores ? await migrates(options, reaching, keeper, network) : [];
    if (problems.length > 0) return { outcome: 'failed', summary: `${name}: not migrated`, problems, facts: {} };
    return tryIt(options, reaching, keeper, network);
  };
  const both = async (): Promise<JobResult> => {
    await keeper.fill('app', await layerFiles(candidate.image));
    // both have ended before anything that they use is taken away
    const ended = await Promise.allSettled([tried(), refusesConfiguration(options, candidate, keeper)]);
    const [result, refused] = [valueOf(ended[0]), valueOf(ended[1])];
    return { ...result, problems: [...result.problems, ...refused], outcome: refused.length > 0 ? 'failed' : result.outcome };
  };
  return withEnding(both, async () => stand.dispose());
}

/** For a service that cannot be started alone: only whether it refuses what it must. */
export async function exerciseRefusal(options: ExerciseOptions, candidate: Candidate, reason: string): Promise<JobResult> {
  const keeper = await holdExercise(options, candidate);
  const refused = async (): Promise<JobResult> => {
    await fillSecrets(options, keeper, candidate, false);
    await keeper.fill('app', await layerFiles(candidate.image));
    const problems = await refusesConfiguration(options, candidate, keeper);
    const facts = { checks: [{ name: 'exercise: a bad configuration is refused' }, { name: `exercise: not started, ${reason}` }] };
    return {
      outcome: problems.length === 0 ? 'passed' : 'failed',
      summary: `${candidate.card.name}: configuration alone`,
      problems,
      facts,
    };
  };
  return withEnding(refused, async () => keeper.dispose());
}

/** What its card has under `migrate` must bring an empty database to what the candidate wants. */
async function migrates(options: ExerciseOptions, candidate: Candidate, keeper: Keeper, network: string): Promise<string[]> {
  const { engine, project, run, signal } = options;
  const { name, commands } = candidate.card;
  if (commands['migrate'] === undefined) return [];
  const spec = serviceSpec(options, candidate, keeper, { network, words: commands['migrate'] });
  const id = await engine.createContainer(runName(project, run, `x-${name}.migrate`), spec);
  try {
    await engine.start(id);
    const code = await engine.wait(id, AbortSignal.any([signal, AbortSignal.timeout(MIGRATION_MS)])).catch(() => undefined);
    signal.throwIfAborted();
    if (code === 0) return [];
    const log = (await engine.logs(id, LOG_LINES)).trim().split('\n');
    const found = code === undefined ? `it running after ${MIGRATION_MS / 1000} s` : `exit code ${code}`;
    return [`apps/${name}: MIGRATION_FAILED: expected its migrations to run on an empty database, found ${found}`, ...log];
  } finally {
    await engine.removeContainer(id);
  }
}

async function tryIt(options: ExerciseOptions, candidate: Candidate, keeper: Keeper, network: string): Promise<JobResult> {
  const { engine, project, run, settings, job, programs, cpus, signal } = options;
  const { name } = candidate.card;
  const labels = runLabels(project, run);
  const id = await engine.createContainer(
    runName(project, run, `x-${name}.candidate`),
    serviceSpec(options, candidate, keeper, { network }),
  );
  try {
    await engine.start(id);
    const address = await engine.addressOf(id, network);
    if (address === '') return await endedAtOnce(engine, id, name);
    const ended = await runJob({
      engine,
      image: settings.toolboxImage,
      job: { ...job, name: `${job.name} of ${name}` },
      name: runName(project, run, `x-${name}.exercise`),
      labels,
      mounts: [
        mount(programs, '/job', true),
        mount(keeper.volume('trust'), '/in/target', true),
        mount(keeper.volume('out'), '/out', false),
      ],
      environment: { PATH: '/usr/bin', HOME: '/tmp', TMPDIR: '/tmp', LC_ALL: 'C.UTF-8', JOB_OUTPUT: '/out', TARGET_ADDRESS: address },
      network,
      cpus,
      signal,
    });
    const result = await readResult(keeper, name, ended.log);
    if (result.outcome === 'passed' && ended.code === 0) return result;
    const log = (await engine.logs(id, LOG_LINES)).trim().split('\n');
    return { ...result, outcome: 'failed', problems: [...result.problems, `the last lines of ${name}:`, ...log].slice(0, 200) };
  } finally {
    await engine.removeContainer(id);
  }
}

/** There is nobody to try: what it wrote says why. */
async function endedAtOnce(engine: EngineClient, id: string, name: string): Promise<JobResult> {
  const log = (await engine.logs(id, LOG_LINES)).trim().split('\n');
  const problem = `apps/${name}: NOT_ALIVE: expected it to run, found that it has ended; the last lines of ${name}:`;
  return { outcome: 'failed', summary: `${name}: ended at once`, problems: [problem, ...log].slice(0, 200), facts: {} };
}

/** Practice 2.4: a service that was told nonsense must not start, and has to say which variable it was. */
async function refusesConfiguration(options: ExerciseOptions, candidate: Candidate, keeper: Keeper): Promise<string[]> {
  const { engine, project, run } = options;
  const { name } = candidate.card;
  const spec = serviceSpec(options, candidate, keeper, { environment: { PORT: NO_PORT } });
  const id = await engine.createContainer(runName(project, run, `x-${name}.misconfigured`), spec);
  try {
    await engine.start(id);
    const limit = AbortSignal.any([options.signal, AbortSignal.timeout(REFUSAL_MS)]);
    const code = await engine.wait(id, limit).catch(() => undefined);
    options.signal.throwIfAborted();
    const log = await engine.logs(id, LOG_LINES);
    const found = code === undefined ? 'it running' : `exit code ${code} and ${JSON.stringify(log.trim().slice(-300))}`;
    const isRefused = code === EX_CONFIG && log.includes('PORT') && !log.includes(NO_PORT);
    return isRefused
      ? []
      : [
          `apps/${name}: CONFIGURATION_ACCEPTED: expected a PORT that is none to end it with ${EX_CONFIG} and the name of the variable, without its value, found ${found}; read configuration with createService`,
        ];
  } finally {
    await engine.removeContainer(id);
  }
}

async function readResult(keeper: Keeper, name: string, log: string): Promise<JobResult> {
  const archive = await keeper.read('out', '/result.json').catch((cause: unknown) => {
    throw new JobError({
      code: 'JOB_CRASHED',
      message: `expected the exercise of ${name} to put out a result, found none\n${log.slice(-1500)}`,
      cause,
    });
  });
  for await (const { content } of readUntrustedTar(archive, RESULT_LIMIT)) {
    const result = JobResult.safeParse(JSON.parse(content.toString('utf8')));
    if (result.success) return result.data;
  }
  throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected the exercise of ${name} to put out a result, found something else` });
}

function valueOf<T>(ended: PromiseSettledResult<T>): T {
  if (ended.status === 'rejected') throw ended.reason;
  return ended.value;
}
