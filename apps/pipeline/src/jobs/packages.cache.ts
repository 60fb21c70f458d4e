import type { EngineClient } from '../engine/engine.client.ts';
import { EngineError } from '../engine/engine.error.ts';
import { JobError } from './job.error.ts';
import { Keeper } from './keeper.ts';
import { runLabels, runName } from './labels.ts';

interface CacheOptions {
  readonly engine: EngineClient;
  readonly image: string;
  readonly project: string;
}

/**
 * The packages of one lockfile, fetched once and then read-only for every job. They are named by the hash of all that npm goes by, the lockfile
 * and every package.json, so two runs that share them share nothing that either could have chosen. Held in memory: one set at a time.
 */
export class PackagesCache {
  readonly #options: CacheOptions;
  #current: { hash: string; name: string; keeper: Keeper } | undefined;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** The volume of these packages, when they are complete, and still held: who ends the container, or takes it away, takes them away with it. */
  async find(hash: string): Promise<string | undefined> {
    if (this.#current?.hash !== hash) return undefined;
    const { keeper } = this.#current;
    try {
      await keeper.requireHeld();
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.clear();
      return undefined;
    }
    return keeper.volume('packages');
  }

  /** By what its container and volume are labelled, in place of a run; undefined while nothing is kept. */
  get name(): string | undefined {
    return this.#current?.name;
  }

  /** Makes an empty volume, lets `fetch` fill it, and keeps it only when that went well. */
  async fill(hash: string, size: string, fetch: (volume: string) => Promise<void>): Promise<string> {
    await this.clear();
    const { engine, image, project } = this.#options;
    const name = `packages-${hash.slice(0, 12)}`;
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
      await keeper.dispose().catch(() => undefined);
      throw error;
    }
    this.#current = { hash, name, keeper };
    return keeper.volume('packages');
  }

  async clear(): Promise<void> {
    const { keeper } = this.#current ?? {};
    this.#current = undefined;
    await keeper?.dispose();
  }
}

function isGone(error: unknown): boolean {
  return (error instanceof JobError && error.code === 'VOLUMES_LOST') || (error instanceof EngineError && error.code === 'NOT_FOUND');
}
