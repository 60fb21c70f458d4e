import { replicaBody, replicaName } from '@seaworthy/contracts';
import type { DeployedRevision } from '@seaworthy/contracts';
import type { EngineClient } from './engine.client.ts';
import { EngineError } from './engine.error.ts';

/** Makes and takes away replicas, so that compose takes them for its own: its names, its labels. */
export class ComposeDriver {
  readonly #engine: EngineClient;

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** The lowest number that is free. */
  async freeNumber(service: string, project: string, taken: ReadonlySet<string>): Promise<number> {
    const names = new Set([...(await this.#engine.list(service)).map(({ name }) => name), ...taken]);
    let number = 1;
    while (names.has(replicaName(project, service, number))) number += 1;
    return number;
  }

  /** Resolves once it is started; whether it gets ready is the edge's to say. What was made of one that could not be started goes again. */
  async add(name: string, number: number, revision: DeployedRevision): Promise<void> {
    const body = replicaBody(revision, number);
    const id = await this.#engine.create(name, body);
    try {
      // engines before 25 join one network when they create (Engine API 1.44 takes all): NetworkMode; the others follow
      const others = revision.networks.filter(({ name: network }) => network !== body.HostConfig.NetworkMode);
      for (const { name: network, aliases } of others) await this.#engine.connect(network, id, aliases);
      await this.#engine.start(id);
    } catch (error) {
      await this.#engine.remove(id).catch(() => undefined);
      throw error;
    }
  }

  async remove(id: string, how: 'drain' | 'kill'): Promise<void> {
    try {
      if (how === 'drain') await this.#engine.stop(id);
      await this.#engine.remove(id);
    } catch (error) {
      if (!(error instanceof EngineError && error.code === 'GONE')) throw error;
    }
  }
}
