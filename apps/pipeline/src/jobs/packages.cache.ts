import type { EngineClient } from '../engine/engine.client.ts';
import { Keeper } from './keeper.ts';
import { runLabels, runName } from './labels.ts';

interface CacheOptions {
  readonly engine: EngineClient;
  readonly image: string;
  readonly project: string;
}

/**
 * The packages of one lockfile, fetched once and then read-only for every job. They are named by the lockfile's hash, which pins
 * each package's integrity, so two runs that share them share nothing that either could have chosen. Held in memory: one set at a time.
 */
export class PackagesCache {
  readonly #options: CacheOptions;
  #current: { lock: string; keeper: Keeper } | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** The volume of this lockfile's packages, when they are complete. */
  find(lock: string): string | undefined {
    return this.#current?.lock === lock ? this.#current.keeper.volume('packages') : undefined;
  }

  /** Makes an empty volume, lets `fetch` fill it, and keeps it only when that went well. */
  async fill(lock: string, size: string, fetch: (volume: string) => Promise<void>): Promise<string> {
    await this.clear();
    const { engine, image, project } = this.#options;
    const name = `packages-${lock.slice(0, 12)}`;
    const keeper = await Keeper.start({
      engine,
      image,
      name: runName(project, name, 'cache'),
      labels: runLabels(project, name),
      volumes: { packages: size },
    });
    try {
      await fetch(keeper.volume('packages'));
    } catch (error) {
      await keeper.dispose();
      throw error;
    }
    this.#current = { lock, keeper };
    return keeper.volume('packages');
  }

  async clear(): Promise<void> {
    const { keeper } = this.#current ?? {};
    this.#current = undefined;
    await keeper?.dispose();
  }
}
