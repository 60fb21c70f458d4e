import { setTimeout as sleep } from 'node:timers/promises';
import { allOf } from '../jobs/all-of.ts';
import { containerSpec, mount } from '../jobs/container.spec.ts';
import { JobError } from '../jobs/job.error.ts';
import type { Keeper } from '../jobs/keeper.ts';
import { runLabels, runName } from '../jobs/labels.ts';
import { textTar } from '../jobs/tar.rules.ts';
import type { DeclaredService } from './candidate.ts';
import type { StandOptions } from './stand.ts';
import { STORE_KINDS } from './store.kinds.ts';
import type { StoreKind } from './store.kinds.ts';

const SECRETS = '/run/seaworthy/secrets';
const DATA_SIZE = '256m';
const MEMORY_BYTES = 512 * 1024 ** 2;
const PIDS = 128;
const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;
const LOG_LINES = 20;

/** The stores that a candidate needs, by what for; undefined when the operator has not named an image for each, or nobody knows one of them. */
export function storesOf(
  { card }: DeclaredService,
  images: Readonly<Record<string, string>>,
): readonly (readonly [string, StoreKind])[] | undefined {
  const kinds = Object.keys(card.needs).map((need) => [need, Object.hasOwn(STORE_KINDS, need) ? STORE_KINDS[need] : undefined] as const);
  const isThere = (kind: StoreKind | undefined): kind is StoreKind =>
    kind !== undefined && [kind.image, kind.before?.image ?? kind.image].every((image) => image in images);
  return kinds.every((entry): entry is readonly [string, StoreKind] => isThere(entry[1])) ? kinds : undefined;
}

/** Volumes that a keeper holds for them: key → size. */
export function storeVolumes(stores: readonly (readonly [string, StoreKind])[]): Record<string, string> {
  return Object.fromEntries(
    stores.flatMap(([need, { data }]) => [[`${need}-accounts`, '1m'], ...(data === undefined ? [] : [[`${need}-data`, DATA_SIZE]])]),
  );
}

/** Stores of one candidate alone, from the platform's own images, with accounts and data that end with the exercise. */
export class CandidateStores {
  /** where the candidate finds them: addresses, since names would need a resolver */
  readonly environment: Record<string, string> = {};
  readonly #options: StandOptions;
  readonly #candidate: DeclaredService;
  readonly #network: string;
  readonly #keeper: Keeper;
  readonly #containers: string[] = [];

  constructor(options: StandOptions, candidate: DeclaredService, keeper: Keeper, network: string) {
    this.#options = options;
    this.#candidate = candidate;
    this.#keeper = keeper;
    this.#network = network;
  }

  async start(stores: readonly (readonly [string, StoreKind])[], secrets: Readonly<Record<string, string>>): Promise<void> {
    await allOf(stores, async ([need, kind]) => this.#startOne(need, kind, secrets));
  }

  /** Once {@link start} has ended, however it did: what is still being made would stay. */
  async stop(): Promise<void> {
    await allOf(this.#containers, async (id) => this.#options.engine.removeContainer(id));
  }

  async #startOne(need: string, kind: StoreKind, secrets: Readonly<Record<string, string>>): Promise<void> {
    const { engine, signal } = this.#options;
    await this.#keeper.fill(`${need}-accounts`, textTar(kind.accounts(this.#candidate, secrets)));
    signal.throwIfAborted();
    if (kind.before !== undefined) {
      const id = await this.#create(`${need}-before`, need, { ...kind, ...kind.before }, undefined);
      await this.#run(id);
      const code = await engine.wait(id, AbortSignal.any([signal, AbortSignal.timeout(READY_WITHIN_MS)]));
      if (code !== 0) throw await this.#failed(need, id, `${kind.before.image} to end with 0, found ${code}`);
    }
    const id = await this.#create(need, need, kind, this.#network);
    await this.#run(id);
    for (const until = Date.now() + READY_WITHIN_MS; !kind.ready.test(await engine.logs(id)); await sleep(POLL_MS, undefined, { signal })) {
      if (Date.now() > until) throw await this.#failed(need, id, `${kind.image} to be ready, found that it is not`);
    }
    const address = await engine.addressOf(id, this.#network);
    if (address === '') throw await this.#failed(need, id, `${kind.image} to go on, found that it has ended`);
    this.environment[kind.host] = address;
  }

  async #create(part: string, need: string, { image, entrypoint, data }: StoreKind, network: string | undefined): Promise<string> {
    const { engine, project, run, settings, signal } = this.#options;
    const { card, environment } = this.#candidate;
    const { DATABASE_NAME = card.name, DATABASE_USER = card.name } = environment;
    const spec = containerSpec({
      image: settings.exerciseImages[image] ?? '',
      labels: runLabels(project, run),
      entrypoint,
      mounts: [
        mount(this.#keeper.volume(`${need}-accounts`), SECRETS, true),
        ...(data === undefined ? [] : [mount(this.#keeper.volume(`${need}-data`), data, false)]),
      ],
      environment: { DATABASE_NAME, DATABASE_USER },
      network,
      memoryBytes: MEMORY_BYTES,
      cpus: 1,
      pids: PIDS,
      scratch: '16m',
    });
    const id = await engine.createContainer(runName(project, run, `x-${card.name}.${part}`), spec);
    this.#containers.push(id);
    signal.throwIfAborted();
    return id;
  }

  async #run(id: string): Promise<void> {
    const { engine, signal } = this.#options;
    await engine.start(id);
    signal.throwIfAborted();
  }

  /** @throws JobError VOLUMES_LOST: a store that has lost its accounts is no fault of the candidate's */
  async #failed(need: string, id: string, expected: string): Promise<JobError> {
    await this.#keeper.requireHeld();
    const log = (await this.#options.engine.logs(id, LOG_LINES)).trim().slice(-1500);
    return new JobError({ code: 'JOB_FAILED', message: `${this.#candidate.card.name}: its ${need}: expected ${expected}\n${log}` });
  }
}
