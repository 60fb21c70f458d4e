import { availableParallelism } from 'node:os';
import type { EngineClient } from '../engine/engine.client.ts';
import type { NotAlone } from '../exercise/exercise.declaration.ts';
import type { JobResult } from '../jobs/job.runner.ts';
import type { PackagesCache } from '../jobs/packages.cache.ts';
import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';
import type { Keeper } from '../jobs/keeper.ts';
import { holdVolumes, RunWorkspace } from '../jobs/run.workspace.ts';
import type { TarEntry } from '../jobs/tar.rules.ts';
import { withEnding } from '../jobs/with.ending.ts';
import type { PipelineSettings } from '../pipeline.settings.ts';
import { readBuiltImage } from '../publish/built.image.ts';
import type { BuiltImage } from '../publish/built.image.ts';
import { installedIn, parentsTar } from '../publish/parent.images.ts';
import type { AdvisorySources } from '@seaworthy/supply-chain';
import { collectEvidence, outputOf } from './run.evidence.ts';
import { publishImages } from './publish.images.ts';
import { beginStand, endStand, exerciseImages } from './run.exercise.ts';
import { runJobs } from './run.jobs.ts';
import type { RunPlan } from './run.plan.ts';
import type { ImageOutcome } from './run.ts';
import type { RunRecorder } from './run.recorder.ts';
import { takeSource } from './take.source.ts';
import type { SourceOptions, Taken } from './take.source.ts';

export interface ExecutionOptions extends SourceOptions {
  readonly engine: EngineClient;
  readonly project: string;
  readonly settings: PipelineSettings;
  readonly programs: ReadonlyMap<string, Buffer>;
  readonly policies: ReadonlyMap<string, Buffer>;
  readonly packages: PackagesCache;
  readonly jobs: readonly JobDeclaration[];
  /** services that cannot be started alone, and why */
  readonly notAlone: NotAlone;
  readonly sources: AdvisorySources;
  /** told what a run could not take away when it ended; whoever begins the next one does */
  readonly onLeftBehind: (error: unknown) => void;
}

/** The stages of every run, as its record shows them. */
export function stageNames(jobs: readonly JobDeclaration[]): string[] {
  return ['source', ...jobs.map(({ name }) => name), 'publish', 'gatekeeper'];
}

/** Takes one commit from the repository to release/ (the way of a change, see docs). */
export async function executeRun(options: ExecutionOptions, recorder: RunRecorder, signal: AbortSignal): Promise<ImageOutcome[]> {
  const { run } = recorder;
  const startedOn = new Date();
  const opening = { ...options, run: run.id };
  const { taken, volumes } = await beginRun(opening, recorder);
  const { source, parents, plan, judged } = taken;
  const services = plan.build.map(({ name }) => name);
  const workspace = await RunWorkspace.open(
    {
      ...opening,
      volumes,
      source,
      services,
      check: plan.check,
      installed: installedIn(parents),
      lastAnswers: options.sources.lastAnswers(),
      altersPolicyLanguage: judged.altersPolicyLanguage,
      cpus: availableParallelism(),
    },
    parentsTar(parents),
  );
  const begun = beginStand({ ...opening, source, signal }, services);
  const work = async (): Promise<ImageOutcome[]> => {
    const exercise = async (job: JobDeclaration, ended: AbortSignal): Promise<JobResult & { skipped: boolean }> =>
      exerciseImages({
        ...options,
        run: run.id,
        job,
        programs: workspace.programs,
        cpus: 1,
        signal: ended,
        source,
        images: await readImages(options, workspace, plan),
        begun,
      });
    const results = await runJobs({ ...options, recorder, workspace, exercise, signal });
    if (run.purpose === 'review') return endReview(recorder);
    const images = await readImages(options, workspace, plan);
    const evidence = await collectEvidence(options.jobs, workspace, {
      run: run.id,
      commit: run.commit,
      lockHash: source.lockHash,
      source: judged.facts,
      startedOn,
      plan,
      results,
    });
    const outcomes = await publishImages(options.publisher, recorder, { images, evidence, plan });
    remember(options, plan, images);
    return outcomes;
  };
  // what was promoted stays so, whatever the engine keeps
  const said = async (end: Promise<void>): Promise<void> => end.catch(options.onLeftBehind);
  return withEnding(
    async () => withEnding(work, async () => said(endStand(begun))),
    async () => said(workspace.dispose()),
  );
}

/** The volumes of a run are made while its commit is read: they need nothing of it. */
async function beginRun(options: ExecutionOptions & { run: string }, recorder: RunRecorder): Promise<{ taken: Taken; volumes: Keeper }> {
  const [taken, volumes] = await Promise.allSettled([
    recorder.stage('source', () => takeSource(options, recorder.run)),
    holdVolumes(options),
  ]);
  if (taken.status === 'fulfilled' && volumes.status === 'fulfilled') return { taken: taken.value, volumes: volumes.value };
  if (volumes.status === 'fulfilled') await volumes.value.dispose().catch(() => undefined);
  throw taken.status === 'rejected' ? taken.reason : (volumes as PromiseRejectedResult).reason;
}

/** Nothing of a change that is only proposed leaves its jobs: no image, no evidence, and no result that a later run would rely on. */
async function endReview(recorder: RunRecorder): Promise<ImageOutcome[]> {
  for (const stage of ['publish', 'gatekeeper']) {
    await recorder.stage(stage, async () => ({ message: 'a change under review is not published', skipped: true }));
  }
  return [];
}

/** Only what a whole run has proved is known: the gatekeeper has let every image of it pass. */
function remember({ known }: ExecutionOptions, { hashes, build }: RunPlan, images: readonly BuiltImage[]): void {
  const built = images.flatMap(({ name, digest, parent }) =>
    build.filter((planned) => planned.name === name).map(({ hash }) => ({ hash, parent: parent.digest, digest })),
  );
  known.record({ passed: hashes.values(), built });
}

async function readImages({ jobs }: ExecutionOptions, workspace: RunWorkspace, { build }: RunPlan): Promise<BuiltImage[]> {
  if (build.length === 0) return [];
  const files = await outputOf(jobs, workspace, 'build', '/images');
  return build.map(({ name, parent }) => readBuiltImage(name, parent, below(files, `${name}/`)));
}

function below(files: ReadonlyMap<string, TarEntry>, prefix: string): Map<string, TarEntry> {
  return new Map([...files].flatMap(([path, entry]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), entry] as const] : [])));
}
