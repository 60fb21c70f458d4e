import type { Readable } from 'node:stream';
import type { EngineClient } from '../engine/engine.client.ts';
import { allOf } from './all-of.ts';
import { containerSpec, memoryVolume, mount } from './container.spec.ts';
import { JobError } from './job.error.ts';
import { withEnding } from './with.ending.ts';

const MIB = 1024 ** 2;

interface KeeperOptions {
  readonly engine: EngineClient;
  readonly image: string;
  /** of the container; volumes are called `<name>.<key>` */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** key → size */
  readonly volumes: Readonly<Record<string, string>>;
}

/**
 * Holds memory volumes: a sleeping container without network, whose only use is that its volumes stay mounted between jobs, and
 * that the control plane can fill and read them through it. No job ever shares a container with another.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  #id: string | undefined;

  private constructor(options: KeeperOptions) {
    this.#options = options;
  }

  static async start(options: KeeperOptions): Promise<Keeper> {
    const keeper = new Keeper(options);
    try {
      await keeper.#start();
      return keeper;
    } catch (error) {
      await keeper.dispose().catch(() => undefined);
      throw error;
    }
  }

  volume(key: string): string {
    return `${this.#options.name}.${key}`;
  }

  /** @throws JobError VOLUMES_LOST when nobody holds what was written */
  async fill(key: string, tar: Readable): Promise<void> {
    await this.#options.engine.putArchive(this.#started(), `/v/${key}`, tar);
    await this.requireHeld();
  }

  /** The archive's entries begin with the last part of the path. @throws JobError VOLUMES_LOST when nobody has held what was there */
  async read(key: string, path = ''): Promise<Readable> {
    await this.requireHeld();
    return this.#options.engine.getArchive(this.#started(), `/v/${key}${path}`);
  }

  /**
   * The engine also fills the volumes of a container that has ended: it mounts them for that, and what was written is gone when it lets them go.
   * @throws JobError VOLUMES_LOST
   */
  async requireHeld(): Promise<void> {
    const end = await this.#options.engine.endOf(this.#started());
    if (end === undefined) return;
    const how = `exit code ${end.exitCode}${end.wasOutOfMemory ? ', out of memory' : ''}`;
    throw new JobError({
      code: 'VOLUMES_LOST',
      message: `expected ${this.#options.name}.keeper to hold its volumes until the end, found that it has ended (${how}), and what was in them is gone; start again`,
    });
  }

  /** Removes the container and its volumes, and with them all that was in them; the volumes also when the engine does not let the container go. */
  async dispose(): Promise<void> {
    const { engine, volumes } = this.#options;
    await withEnding(
      async () => {
        if (this.#id) await engine.removeContainer(this.#id);
        this.#id = undefined;
      },
      async () => void (await allOf(Object.keys(volumes), async (key) => engine.removeVolume(this.volume(key)))),
    );
  }

  async #start(): Promise<void> {
    const { engine, image, name, labels, volumes } = this.#options;
    await allOf(Object.entries(volumes), async ([key, size]) =>
      engine.createVolume(memoryVolume({ name: this.volume(key), size, labels })),
    );
    const mounts = Object.keys(volumes).map((key) => mount(this.volume(key), `/v/${key}`, false));
    const spec = containerSpec({
      image,
      labels,
      entrypoint: ['/usr/bin/sleep', 'infinity'],
      mounts,
      memoryBytes: 16 * MIB,
      cpus: 0.1,
      pids: 4,
    });
    this.#id = await engine.createContainer(`${name}.keeper`, spec);
    await engine.start(this.#id);
  }

  #started(): string {
    if (!this.#id) throw new Error('expected a running keeper, found one that is gone');
    return this.#id;
  }
}
