import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { STORE_IMAGES, testProject } from '@seaworthy/contracts';
import { ownImage } from '@seaworthy/testing';
import { EngineClient } from '../src/engine/engine.client.ts';
import { PackagesCache } from '../src/jobs/packages.cache.ts';
import type { JobDeclaration } from '../src/jobs/pipeline.declaration.ts';
import { holdVolumes, RunWorkspace } from '../src/jobs/run.workspace.ts';
import type { WorkspaceOptions } from '../src/jobs/run.workspace.ts';
import { sweep } from '../src/jobs/sweep.ts';
import { writeTar } from '../src/jobs/tar.rules.ts';
import type { PipelineSettings } from '../src/pipeline.settings.ts';
import { readSource } from '../src/source/source.archive.ts';

const PROJECT = testProject('jobs', process.pid);
const NETWORK = `${PROJECT}_jobs-egress`;
const PLACES = 250;
const FILTER = join(import.meta.dirname, '../../engine-filter/src/main.ts');
const SOCKET = '/var/run/docker.sock';

/** Jobs on the real engine, through the real filter in a process of its own; only the programs are the test's. */
export class JobsFixture {
  readonly project = PROJECT;
  readonly network = NETWORK;
  /** where the bridge of an ordinary network would answer */
  readonly gateway: string;
  readonly engine: EngineClient;
  readonly settings: PipelineSettings;
  readonly packages: PackagesCache;
  readonly #directory: string;
  #filter: ChildProcess | undefined;
  #runs = 0;

  private constructor(toolboxImage: string, exerciseImages: Readonly<Record<string, string>>, place: number) {
    this.gateway = `${egressPrefix(place)}.1`;
    this.#directory = mkdtempSync(join(tmpdir(), 'jobs-'));
    this.engine = new EngineClient(join(this.#directory, 'pipeline.sock'));
    const nowhere = 'https://registry.example.org/';
    this.settings = {
      toolboxImage,
      egressNetwork: this.network,
      egressProxy: 'http://egress.seaworthy.internal:3128',
      npmRegistry: nowhere,
      debianMirror: nowhere,
      securityMirror: nowhere,
      extraCa: undefined,
      keyring: undefined,
      exerciseImages,
      jobsSubnets: `10.215.${place}.0/24`,
    };
    this.packages = new PackagesCache({ engine: this.engine, image: toolboxImage, project: this.project });
  }

  static async start({ stores = false } = {}): Promise<JobsFixture> {
    const names = ['node', ...(stores ? STORE_IMAGES : [])];
    const ids = await Promise.all(names.map(async (name) => [name, await ownImage(name)]));
    const fixture = new JobsFixture(await ownImage('toolbox'), Object.fromEntries(ids), await takePlace());
    await fixture.#startFilter();
    return fixture;
  }

  async stop(): Promise<void> {
    await sweep(this.engine, this.project);
    await bare('DELETE', `/networks/${this.network}`);
    if (this.#filter) {
      const ended = once(this.#filter, 'exit');
      this.#filter.kill();
      await ended;
    }
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /** Opens a run whose programs are given as text; each writes `result.json` by calling `say(facts)`. */
  async open(programs: Readonly<Record<string, string>>, jobs: readonly JobDeclaration[]): Promise<RunWorkspace> {
    const bundled = Object.entries(programs).map(([name, text]): [string, Buffer] => [`${name}.js`, Buffer.from(`${SAY}\n${text}`)]);
    return this.openShipped(jobs, { programs: new Map(bundled) });
  }

  /** Opens a run with the programs and policies that ship, over a commit with these files. */
  async openShipped(
    jobs: readonly JobDeclaration[],
    {
      files = {},
      parents,
      ...shipped
    }: { files?: Readonly<Record<string, string>>; parents?: Readable } & Pick<
      Partial<WorkspaceOptions>,
      'programs' | 'policies' | 'altersPolicyLanguage' | 'services' | 'lastAnswers' | 'settings'
    >,
  ): Promise<RunWorkspace> {
    const source = await readSource(
      writeTar(({ file }) => {
        for (const [path, content] of Object.entries({ 'package-lock.json': '{"packages":{}}', ...files })) file(path, content);
      }),
    );
    this.#runs += 1;
    const opening = { ...this.options, programs: new Map(), ...shipped, run: `run-${this.#runs}`, jobs, source };
    return RunWorkspace.open({ ...opening, volumes: await holdVolumes(opening) }, parents);
  }

  /** What a probing program found out, as the facts of its result. */
  async probe(program: string, change: Partial<JobDeclaration> = {}): Promise<Record<string, unknown>> {
    const job = { ...JOB, ...change };
    const workspace = await this.open({ probe: program }, [job]);
    try {
      return (await workspace.run(job, new AbortController().signal)).facts;
    } finally {
      await workspace.dispose();
    }
  }

  get options() {
    const { engine, project, settings, packages } = this;
    return {
      engine,
      project,
      settings,
      packages,
      cpus: 1,
      policies: new Map<string, Buffer>(),
      altersPolicyLanguage: false,
      installed: [],
      lastAnswers: {},
      services: [],
      check: [],
    };
  }

  async #startFilter(): Promise<void> {
    const config = join(this.#directory, 'engine-filter.json');
    const client = {
      name: 'pipeline',
      socket: join(this.#directory, 'pipeline.sock'),
      images: [this.settings.toolboxImage, ...Object.values(this.settings.exerciseImages)],
      networks: [this.network],
    };
    writeFileSync(config, JSON.stringify({ clients: [client] }));
    const env = {
      ...process.env,
      NODE_OPTIONS: '',
      SEAWORTHY_PROJECT: this.project,
      ENGINE_FILTER_CONFIG: config,
      ENGINE_SOCKET: SOCKET,
      JOBS_SUBNETS: this.settings.jobsSubnets,
    };
    this.#filter = spawn(process.execPath, [FILTER], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.#filter.stdout) await once(this.#filter.stdout, 'data');
  }
}

const egressPrefix = (place: number): string => `10.214.${place}`;

/**
 * The jobs' own network, at the first place that the engine gives us: it refuses one that overlaps with what another test has. Who has a
 * place here has it in 10.215, too, for networks that the pipeline makes.
 */
async function takePlace(place = process.pid % PLACES, tried = 1): Promise<number> {
  try {
    await bare('POST', '/networks/create', {
      Name: NETWORK,
      Internal: true,
      Options: { 'com.docker.network.bridge.inhibit_ipv4': 'true' },
      IPAM: { Config: [{ Subnet: `${egressPrefix(place)}.0/28` }] },
    });
    return place;
  } catch (error) {
    if (tried === PLACES || !/overlaps/.test(String(error))) throw error;
    return takePlace((place + 1) % PLACES, tried + 1);
  }
}

export const JOB: JobDeclaration = {
  name: 'probe',
  program: 'probe',
  after: [],
  inputs: ['source'],
  output: '4m',
  network: 'none',
  memory: '128m',
  pids: 32,
  timeoutSeconds: 30,
};

/** What came of it: `{ ok }` or the `{ code }` of the error. */
export const ATTEMPT = `const attempt = async (work) => { try { return { ok: await work() }; } catch (error) { return { code: error.code ?? error.cause?.code ?? error.name }; } };`;
const SAY = `import { writeFileSync as write_ } from 'node:fs';
const say = (facts) => write_(process.env.JOB_OUTPUT + '/result.json', JSON.stringify({ outcome: 'passed', summary: 'probed', facts }));
${ATTEMPT}`;

export async function bare(method: string, path: string, body?: object): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const request = httpRequest(
    { socketPath: SOCKET, method, path, headers: body ? { 'content-type': 'application/json' } : {} },
    (answer) => {
      const failed = (answer.statusCode ?? 0) >= 400 && method !== 'DELETE';
      json(answer).then(
        (value) => (failed ? reject(new Error(JSON.stringify(value))) : resolve(value)),
        () => resolve(undefined),
      );
    },
  );
  request.once('error', reject).end(body ? JSON.stringify(body) : undefined);
  return promise;
}
