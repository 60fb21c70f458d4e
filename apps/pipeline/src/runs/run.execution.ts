import { availableParallelism } from 'node:os';
import { z } from 'zod';
import type { EngineClient } from '../engine/engine.client.ts';
import { JobError } from '../jobs/job.error.ts';
import type { JobResult } from '../jobs/job.runner.ts';
import type { PackagesCache } from '../jobs/packages.cache.ts';
import type { JobDeclaration } from '../jobs/pipeline.declaration.ts';
import { RunWorkspace } from '../jobs/run.workspace.ts';
import type { TarEntry } from '../jobs/tar.rules.ts';
import type { PipelineSettings } from '../pipeline.settings.ts';
import { readBuiltImage } from '../publish/built.image.ts';
import type { BuiltImage } from '../publish/built.image.ts';
import { installedIn, parentsTar } from '../publish/parent.images.ts';
import type { ParentImage, ParentImages } from '../publish/parent.images.ts';
import type { Publisher, RunEvidence } from '../publish/publisher.ts';
import type { GitRepository } from '../source/git.repository.ts';
import { readSource } from '../source/source.archive.ts';
import type { Source } from '../source/source.archive.ts';
import type { AdvisorySources } from './advisory.sources.ts';
import { runGraph } from './job.graph.ts';
import type { KnownResults } from './known.results.ts';
import { planRun } from './run.plan.ts';
import type { RunPlan } from './run.plan.ts';
import type { ImageOutcome } from './run.ts';
import type { RunRecorder } from './run.recorder.ts';

export interface ExecutionOptions {
  readonly engine: EngineClient;
  readonly project: string;
  readonly settings: PipelineSettings;
  readonly programs: ReadonlyMap<string, Buffer>;
  readonly policies: ReadonlyMap<string, Buffer>;
  readonly packages: PackagesCache;
  readonly jobs: readonly JobDeclaration[];
  readonly repository: GitRepository;
  readonly parents: ParentImages;
  readonly publisher: Publisher;
  readonly sources: AdvisorySources;
  readonly known: KnownResults;
}

/** The stages of every run, as its record shows them. */
export function stageNames(jobs: readonly JobDeclaration[]): string[] {
  return ['source', ...jobs.map(({ name }) => name), 'publish', 'gatekeeper'];
}

/** The jobs whose checks are evidence. */
const CHECKING_JOBS = ['inspect', 'check', 'examine'];
const Checks = z.object({ checks: z.array(z.object({ name: z.string() })) });
const Tests = z.object({ tests: z.object({ passed: z.int() }) });
const Answered = z.object({ answered: z.object({ npm: z.boolean(), debian: z.boolean() }) });

/** Takes one commit from the repository to release/ (the way of a change, see docs). */
export async function executeRun(options: ExecutionOptions, recorder: RunRecorder, signal: AbortSignal): Promise<ImageOutcome[]> {
  const { run } = recorder;
  const startedOn = new Date();
  const { source, parents, plan } = await recorder.stage('source', () => takeSource(options, run.commit));
  const workspace = await RunWorkspace.open({
    ...options,
    run: run.id,
    source,
    services: plan.build.map(({ name }) => name),
    test: plan.test,
    installed: installedIn(parents),
    lastAnswers: options.sources.lastAnswers(),
    cpus: availableParallelism(),
  });
  try {
    await workspace.fillParents(parentsTar(parents));
    const results = await runJobs(options, recorder, workspace, signal);
    if (run.purpose === 'review') return await endReview(recorder);
    const images = await readImages(options, workspace, plan);
    const evidence = await collectEvidence(options, workspace, {
      run: run.id,
      commit: run.commit,
      lockHash: source.lockHash,
      startedOn,
      plan,
      results,
    });
    const outcomes = await publish(options, recorder, { images, evidence, plan });
    remember(options, plan, images);
    return outcomes;
  } finally {
    await workspace.dispose();
  }
}

/** Nothing of a change that is only proposed leaves its jobs: no image, no evidence, and no result that a later run would rely on. */
async function endReview(recorder: RunRecorder): Promise<ImageOutcome[]> {
  for (const stage of ['publish', 'gatekeeper']) {
    await recorder.stage(stage, async () => ({ message: 'a change under review is not published', skipped: true }));
  }
  return [];
}

interface Taken {
  readonly source: Source;
  readonly parents: ReadonlyMap<string, ParentImage>;
  readonly plan: RunPlan;
  readonly message: string;
}

async function takeSource({ repository, parents: released, known, publisher }: ExecutionOptions, commit: string): Promise<Taken> {
  const source = await readSource(repository.archive(commit));
  const parents = await released.of(source);
  const plan = await planRun({ source, parents, known, publisher });
  return {
    source,
    parents,
    plan,
    message: `${source.files.length} files; ${plan.build.length} of ${source.services.length} services to build, tests of ${plan.test.length} workspaces to run`,
  };
}

/** Only what a whole run has proved is known: the gatekeeper has let every image of it pass. */
function remember({ known }: ExecutionOptions, { hashes, build }: RunPlan, images: readonly BuiltImage[]): void {
  const built = images.flatMap(({ name, digest, parent }) =>
    build.filter((planned) => planned.name === name).map(({ hash }) => ({ hash, parent: parent.digest, digest })),
  );
  known.record({ tested: hashes.values(), built });
}

async function runJobs(
  { jobs, sources }: ExecutionOptions,
  recorder: RunRecorder,
  workspace: RunWorkspace,
  outer: AbortSignal,
): Promise<Map<string, JobResult>> {
  const results = new Map<string, JobResult>();
  const run = async (job: JobDeclaration, signal: AbortSignal): Promise<void> => {
    const { result } = await recorder.stage(job.name, async () => {
      const done = await workspace.run(job, signal);
      return { result: done, message: done.summary, skipped: done.skipped ?? false };
    });
    results.set(job.name, result);
  };
  await runGraph(jobs, run, outer);
  const answered = Answered.safeParse(results.get('advisories')?.facts);
  if (answered.success) sources.record(answered.data.answered);
  return results;
}

async function readImages({ jobs }: ExecutionOptions, workspace: RunWorkspace, { build }: RunPlan): Promise<BuiltImage[]> {
  if (build.length === 0) return [];
  const files = await outputOf(jobs, workspace, 'build', '/images');
  return build.map(({ name, parent }) => readBuiltImage(name, parent, below(files, `${name}/`)));
}

interface Collected {
  readonly run: string;
  readonly commit: string;
  readonly lockHash: string;
  readonly startedOn: Date;
  readonly plan: RunPlan;
  readonly results: ReadonlyMap<string, JobResult>;
}

async function collectEvidence(
  { jobs }: ExecutionOptions,
  workspace: RunWorkspace,
  { results, plan, ...known }: Collected,
): Promise<RunEvidence> {
  const files = await outputOf(jobs, workspace, 'examine');
  const { tests } = Tests.parse(results.get('check')?.facts);
  const document = (name: string): unknown => {
    const file = files.get(name);
    if (!file) throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected ${name} from examine, found none` });
    return JSON.parse(file.content.toString('utf8'));
  };
  return {
    ...known,
    checks: [
      'source',
      ...CHECKING_JOBS.flatMap((job) => checksOf(results.get(job))),
      `${tests.passed} unit tests`,
      ...unchangedTests(plan),
    ],
    sbom: (service) => document(`${service}.sbom.json`),
    vulnerabilities: (service) => document(`${service}.vulnerabilities.json`),
  };
}

/** What a job says that it has checked; that it passed is known, for it said so and no run goes on without. */
function checksOf(result: JobResult | undefined): string[] {
  return Checks.parse(result?.facts).checks.map(({ name }) => name);
}

/** Said openly: these were not run again, because nothing that they read has changed since they passed. */
function unchangedTests({ hashes, test }: RunPlan): string[] {
  return [...hashes.keys()]
    .filter((workspace) => !test.includes(workspace))
    .map((workspace) => `unit tests of ${workspace}: passed on the same files in an earlier run`);
}

interface Publication {
  readonly images: readonly BuiltImage[];
  readonly evidence: RunEvidence;
  readonly plan: RunPlan;
}

async function publish(
  { publisher }: ExecutionOptions,
  recorder: RunRecorder,
  { images, evidence, plan }: Publication,
): Promise<ImageOutcome[]> {
  const { fresh, reused } = await recorder.stage('publish', async () => {
    const released = await Promise.all(images.map((image) => publisher.isReleased(image)));
    const changed = images.filter((_image, at) => !released[at]);
    await allOf(changed, async (image) => publisher.publish(image, evidence));
    const same = [...images.filter((_image, at) => released[at]), ...plan.unchanged];
    return {
      fresh: changed,
      reused: same,
      message: `${changed.length} new (${changed.map(({ name }) => name).join(', ') || 'none'}), ${same.length} released already`,
    };
  });
  const { outcomes } = await recorder.stage('gatekeeper', async () => {
    const promoted = await allOf(fresh, async (image) => publisher.promote(image, evidence.commit));
    return { outcomes: promoted, message: `promoted ${promoted.length}`, skipped: promoted.length === 0 };
  });
  const kept = reused.map(({ name, digest }) => ({ name, repository: `release/${name}`, digest, reused: true }));
  return [...outcomes, ...kept].toSorted((a, b) => a.name.localeCompare(b.name));
}

/** All at the same time; when it throws, none of them is under way any more. */
async function allOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const outcomes = await Promise.allSettled(items.map(work));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

async function outputOf(jobs: readonly JobDeclaration[], workspace: RunWorkspace, name: string, path = ''): Promise<Map<string, TarEntry>> {
  const job = jobs.find((one) => one.name === name);
  if (!job) throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected a job called ${name} in the pipeline` });
  const files = new Map<string, TarEntry>();
  for await (const entry of workspace.output(job, path)) files.set(entry.path, entry);
  return files;
}

function below(files: ReadonlyMap<string, TarEntry>, prefix: string): Map<string, TarEntry> {
  return new Map([...files].flatMap(([path, entry]) => (path.startsWith(prefix) ? [[path.slice(prefix.length), entry] as const] : [])));
}
