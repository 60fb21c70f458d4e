import { Keeper } from '../jobs/keeper.ts';
import { runLabels, runName } from '../jobs/labels.ts';
import { textTar } from '../jobs/tar.rules.ts';
import { withEnding } from '../jobs/with.ending.ts';
import type { EngineClient } from '../engine/engine.client.ts';
import type { PipelineSettings } from '../pipeline.settings.ts';
import { hostOf, throwAwayFiles } from './candidate.ts';
import type { DeclaredService } from './candidate.ts';
import { CandidateStores, storesOf, storeVolumes } from './candidate.stores.ts';
import type { StoreKind } from './store.kinds.ts';

export interface StandOptions {
  readonly engine: EngineClient;
  readonly project: string;
  readonly run: string;
  readonly settings: PipelineSettings;
  readonly signal: AbortSignal;
  /** how long a candidate may take until it answers, and until it is ready; ms */
  readonly startsWithinMs?: number;
}

interface Parts {
  readonly keeper: Keeper;
  readonly network: string;
  readonly stores: readonly (readonly [string, StoreKind])[];
  readonly secrets: Readonly<Record<string, string>>;
}

const STARTS_WITHIN_MS = 30_000;
const VOLUMES = { app: '64m', secrets: '1m', trust: '1m', out: '8m' };

/**
 * Where a candidate is exercised: its volumes, a network that leads nowhere, and the stores that its card names, from the platform's own images
 * and for it alone; where the operator has not named these images, there is none. All of it follows from what the commit says of the service, so
 * that it can be set up while the service is being built.
 */
export class Stand {
  readonly keeper: Keeper;
  readonly network: string;
  readonly hasStores: boolean;
  readonly #options: StandOptions;
  readonly #stores: CandidateStores;
  readonly #starting: Promise<void>;
  readonly #ended = new AbortController();
  #disposed: Promise<void> | undefined;

  private constructor(options: StandOptions, service: DeclaredService, { keeper, network, stores, secrets }: Parts) {
    const signal = AbortSignal.any([options.signal, this.#ended.signal]);
    this.keeper = keeper;
    this.network = network;
    this.hasStores = stores.length > 0;
    this.#options = options;
    this.#stores = new CandidateStores({ ...options, signal }, service, keeper, network);
    this.#starting = this.#stores.start(stores, secrets);
    this.#starting.catch(() => undefined); // whoever asks for the stores is told
  }

  /** Resolves when there are volumes and network; stores are on their way. @param slot which of the subnets: no two at a time have the same */
  static async set(options: StandOptions, service: DeclaredService, slot: number): Promise<Stand> {
    const { engine, project, run, settings } = options;
    const stores = storesOf(service, settings.exerciseImages) ?? [];
    const keeper = await holdExercise(options, service, storeVolumes(stores));
    try {
      const network = runName(project, run, `x-${service.card.name}.net`);
      const secrets = await fillSecrets(options, keeper, service, stores.length > 0);
      await engine.createNetwork({ name: network, subnet: subnetOf(settings.jobsSubnets, slot), labels: runLabels(project, run) });
      return new Stand(options, service, { keeper, network, stores, secrets });
    } catch (error) {
      await keeper.dispose().catch(() => undefined);
      throw error;
    }
  }

  /** Variables by which the candidate finds its stores, once they can be asked. @throws JobError */
  async stores(): Promise<Readonly<Record<string, string>>> {
    await this.#starting;
    return this.#stores.environment;
  }

  /** Once what uses it has ended. What is still being started is waited for: else it would stay. */
  async dispose(): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    this.#ended.abort();
    await Promise.allSettled([this.#starting]);
    const { engine } = this.#options;
    const emptied = async (): Promise<void> =>
      withEnding(
        async () => this.#stores.stop(),
        async () => engine.removeNetwork(this.network),
      );
    await withEnding(emptied, async () => this.keeper.dispose());
  }
}

/** Volumes for a candidate's files and secrets, for what is known of it, and for what the exercise finds out. */
export async function holdExercise(
  { engine, project, run, settings }: StandOptions,
  { card }: DeclaredService,
  more: Readonly<Record<string, string>> = {},
): Promise<Keeper> {
  return Keeper.start({
    engine,
    image: settings.toolboxImage,
    name: runName(project, run, `x-${card.name}`),
    labels: runLabels(project, run),
    volumes: { ...VOLUMES, ...more },
  });
}

/** Returns the candidate's secrets: its stores must know them. */
export async function fillSecrets(
  { startsWithinMs = STARTS_WITHIN_MS }: Pick<StandOptions, 'startsWithinMs'>,
  keeper: Keeper,
  service: DeclaredService,
  hasStores: boolean,
): Promise<Readonly<Record<string, string>>> {
  const { name, ports, health } = service.card;
  const { secrets, trust } = await throwAwayFiles(service);
  const target = { service: name, host: hostOf(service.card), port: ports[0], health, hasStores, startsWithinMs };
  await keeper.fill('secrets', textTar(secrets));
  await keeper.fill('trust', textTar({ ...trust, 'target.json': JSON.stringify(target) }));
  return secrets;
}

/** Sixteen addresses of a range of 256. */
function subnetOf(range: string, slot: number): string {
  return `${range.slice(0, range.lastIndexOf('.'))}.${16 * slot}/28`;
}
