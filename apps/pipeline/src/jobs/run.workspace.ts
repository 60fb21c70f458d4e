import type { Readable } from 'node:stream';
import { z } from 'zod';
import { EngineError } from '../engine/engine.error.ts';
import type { EngineClient, VolumeMount } from '../engine/engine.client.ts';
import type { PipelineSettings } from '../pipeline.settings.ts';
import type { JobOptions } from '../programs/job.program.ts';
import { sourceTar, workspacesWithOwnPackages } from '../source/source.archive.ts';
import type { Source } from '../source/source.archive.ts';
import { allOf } from './all-of.ts';
import { mount } from './container.spec.ts';
import { egressEnvironment, environmentOf } from './job.environment.ts';
import { JobError } from './job.error.ts';
import type { EndedJob } from './job.runner.ts';
import { JobResult, runJob } from './job.runner.ts';
import { Keeper } from './keeper.ts';
import { runLabels, runName } from './labels.ts';
import type { PackagesCache } from './packages.cache.ts';
import type { JobDeclaration } from './pipeline.declaration.ts';
import { sizeInBytes } from './pipeline.declaration.ts';
import { readUntrustedTar, writeTar } from './tar.rules.ts';
import type { TarEntry, TarLimits } from './tar.rules.ts';

export interface WorkspaceOptions {
  readonly engine: EngineClient;
  readonly project: string;
  readonly run: string;
  readonly settings: PipelineSettings;
  readonly programs: ReadonlyMap<string, Buffer>;
  readonly policies: ReadonlyMap<string, Buffer>;
  readonly packages: PackagesCache;
  readonly jobs: readonly JobDeclaration[];
  /** where the run's files lie: see {@link holdVolumes} */
  readonly volumes: Keeper;
  readonly source: Source;
  /** the Debian packages in the parent images */
  readonly installed: JobOptions['installed'];
  readonly lastAnswers: JobOptions['lastAnswers'];
  /** services to build and examine, workspaces to check */
  readonly services: readonly string[];
  readonly check: readonly string[];
  /** what it declares by a changed schema is for the next control plane to judge */
  readonly altersPolicyLanguage: boolean;
  /** cores of the machine: what a job may use at most */
  readonly cpus: number;
}

const RESULT_LIMIT = { entries: 1, bytes: 8 * 1024 ** 2 };
const OUTPUT_ENTRIES = 20_000;
/** where a job writes; `fetch` writes the packages themselves */
const OUTPUT = '/out';
const PACKAGES = '/deps';

/** Empty volumes for one run. They need nothing of the commit, so that they can be made while it is read. */
export async function holdVolumes({
  engine,
  project,
  run,
  settings,
  jobs,
}: Pick<WorkspaceOptions, 'engine' | 'project' | 'run' | 'settings' | 'jobs'>): Promise<Keeper> {
  const outputs = Object.fromEntries(jobs.filter(({ name }) => name !== 'fetch').map(({ name, output }) => [name, output]));
  return Keeper.start({
    engine,
    image: settings.toolboxImage,
    name: runName(project, run, 'v'),
    labels: runLabels(project, run),
    volumes: { source: '256m', program: '64m', parents: '64m', ...outputs },
  });
}

/** What the jobs of one run see: volumes that only this run's containers mount, and that are gone when it ends. */
export class RunWorkspace {
  readonly #options: WorkspaceOptions;
  readonly #keeper: Keeper;

  private constructor(options: WorkspaceOptions) {
    this.#options = options;
    this.#keeper = options.volumes;
  }

  /** From here on the volumes are the workspace's, also when it cannot be opened. `parents`: images as layouts without layers, `<name>/oci-layout`, … */
  static async open(options: WorkspaceOptions, parents?: Readable): Promise<RunWorkspace> {
    const workspace = new RunWorkspace(options);
    try {
      const contents = { source: sourceTar(options.source), program: workspace.#programTar(), ...(parents && { parents }) };
      await allOf(Object.entries(contents), async ([key, tar]) => options.volumes.fill(key, tar));
      return workspace;
    } catch (error) {
      await workspace.dispose().catch(() => undefined);
      throw error;
    }
  }

  /** Runs a job and answers what it says of itself. @throws JobError */
  async run(job: JobDeclaration, signal: AbortSignal): Promise<JobResult & { skipped?: boolean }> {
    if (job.name !== 'fetch') {
      return this.#result(job, await this.#run(job, signal, this.#keeper.volume(job.name), OUTPUT));
    }
    const { packages, source } = this.#options;
    if (await packages.find(source.packagesHash))
      return { outcome: 'passed', summary: 'the packages of this lockfile are there', problems: [], facts: {}, skipped: true };
    await packages.fill(source.packagesHash, job.output, async (volume) => {
      const { code, log } = await this.#run(job, signal, volume, PACKAGES);
      if (code !== 0) throw new JobError({ code: 'JOB_FAILED', message: `the packages were not fetched\n${log.trim().slice(-1500)}` });
    });
    return { outcome: 'passed', summary: `fetched the packages of lockfile ${source.lockHash.slice(0, 12)}`, problems: [], facts: {} };
  }

  /** The volume with the job programs, for what runs beside the jobs. */
  get programs(): string {
    return this.#keeper.volume('program');
  }

  /** Every file that a job has put out, or one. @throws JobError OUTPUT_REFUSED */
  async *output(job: JobDeclaration, path = '', limits?: TarLimits): AsyncGenerator<TarEntry> {
    const atMost = limits ?? { entries: OUTPUT_ENTRIES, bytes: sizeInBytes(job.output) };
    const archive = await this.#keeper.read(job.name, path);
    const prefix = path === '' ? `${job.name}/` : `${path.slice(path.lastIndexOf('/') + 1)}/`;
    for await (const entry of readUntrustedTar(archive, atMost)) {
      yield { ...entry, path: entry.path.startsWith(prefix) ? entry.path.slice(prefix.length) : entry.path };
    }
  }

  async dispose(): Promise<void> {
    await this.#keeper.dispose();
  }

  async #run(job: JobDeclaration, signal: AbortSignal, outputVolume: string, outputPath: string): Promise<EndedJob> {
    const { engine, project, run, settings, cpus } = this.#options;
    const mounts = [
      mount(this.#keeper.volume('program'), '/job', true),
      mount(outputVolume, outputPath, false),
      ...(await Promise.all(job.inputs.map(async (input) => this.#input(input)))),
    ];
    const environment = { ...environmentOf(outputPath), ...(job.network === 'egress' ? egressEnvironment(settings) : {}) };
    const name = runName(project, run, job.name);
    const labels = runLabels(project, run);
    return runJob({
      engine,
      image: settings.toolboxImage,
      job,
      name,
      labels,
      mounts,
      environment,
      network: job.network === 'egress' ? settings.egressNetwork : undefined,
      cpus,
      signal,
    });
  }

  async #input(input: string): Promise<VolumeMount> {
    if (input === 'source') return mount(this.#keeper.volume('source'), '/workspace', true);
    if (input === 'parents') return mount(this.#keeper.volume('parents'), '/in/parents', true);
    if (input !== 'packages') return mount(this.#keeper.volume(input), `/in/${input}`, true);
    const volume = await this.#options.packages.find(this.#options.source.packagesHash);
    if (!volume)
      throw new JobError({
        code: 'VOLUMES_LOST',
        message: 'expected the packages that fetch has fetched, found that they are gone; start again',
      });
    return mount(volume, PACKAGES, true);
  }

  async #result(job: JobDeclaration, { code, log }: EndedJob): Promise<JobResult> {
    for await (const { content } of readUntrustedTar(await this.#resultFile(job, log), RESULT_LIMIT)) {
      const result = JobResult.safeParse(parseJson(content));
      if (!result.success) {
        const found = z.prettifyError(result.error).slice(0, 500);
        throw new JobError({ code: 'OUTPUT_REFUSED', message: `expected ${job.name} to put out a result, found ${found}` });
      }
      if (result.data.outcome === 'passed' && code === 0) return result.data;
      throw new JobError({ code: 'JOB_FAILED', message: [result.data.summary, ...result.data.problems].join('\n').slice(0, 4000) });
    }
    throw crashed(job, log);
  }

  async #resultFile(job: JobDeclaration, log: string): Promise<Readable> {
    return this.#keeper.read(job.name, '/result.json').catch((cause: unknown) => {
      throw cause instanceof EngineError && cause.code === 'NOT_FOUND' ? crashed(job, log) : cause;
    });
  }

  /** Our programs, their options and the user's certificate authorities. The change under test has no way to put anything here. */
  #programTar(): Readable {
    const { programs, policies, settings, source, services, check, installed, lastAnswers, altersPolicyLanguage } = this.#options;
    return writeTar(({ file, link }) => {
      for (const [name, content] of programs) file(name, content);
      for (const [path, content] of policies) file(`policies/${path}`, content);
      file('package.json', '{"type":"module"}');
      file(
        'options.json',
        JSON.stringify({
          ...optionsOf(settings),
          manifests: source.manifests,
          nested: workspacesWithOwnPackages(source),
          services,
          check,
          installed,
          lastAnswers,
          altersPolicyLanguage,
        }),
      );
      if (settings.extraCa) file('ca.pem', settings.extraCa);
      if (settings.keyring) file('keyring.gpg', settings.keyring);
      link('node_modules', `${PACKAGES}/node_modules`);
    });
  }
}

function crashed({ name }: JobDeclaration, log: string): JobError {
  return new JobError({ code: 'JOB_CRASHED', message: `expected ${name} to put out a result, found none\n${log.trim().slice(-1500)}` });
}

function optionsOf({ npmRegistry, debianMirror, securityMirror }: PipelineSettings): object {
  return { npmRegistry, debianMirror, securityMirror };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
}
