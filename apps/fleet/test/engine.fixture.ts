import type { DeployedContainer, DesiredService } from '@seaworthy/contracts';
import { REVISION_LABEL } from '@seaworthy/contracts';
import type { InspectedContainer } from '../src/drive/compose/container.schema.ts';
import type { EngineClient } from '../src/drive/compose/engine.client.ts';
import { EngineError } from '../src/drive/compose/engine.error.ts';

const REVISION = 'a'.repeat(16);
const IMAGE = `sha256:${'a'.repeat(64)}`;

/** Two replicas of one revision. */
export const DESIRED: DesiredService = {
  scale: { min: 2, max: 4, targetConcurrency: 10 },
  current: {
    id: REVISION,
    container: { Image: IMAGE, Labels: { [REVISION_LABEL]: REVISION }, HostConfig: { NetworkMode: 'n' } },
    networks: [{ name: 'n', aliases: [] }],
  },
};

/** An engine in a few lines: containers as they are made, started and taken away. Tests change what it says of them. */
export class SmallEngine {
  readonly containers = new Map<string, InspectedContainer>();
  /** what it answers `create` with, when it does not do it */
  refusal: EngineError | undefined;
  /** whether it removes nothing */
  keeps = false;

  /** As the fleet asks it. */
  get client(): EngineClient {
    return this as unknown as EngineClient;
  }

  /** One that runs, at an address that ends with that number. */
  run(name: string, address: number, startedAt: number): InspectedContainer {
    const container: InspectedContainer = {
      Id: name,
      Name: name,
      Image: IMAGE,
      Created: new Date(startedAt).toISOString(),
      RestartCount: 0,
      State: { Status: 'running', ExitCode: 0, StartedAt: new Date(startedAt).toISOString() },
      Config: { Image: IMAGE, Labels: { [REVISION_LABEL]: REVISION } },
      HostConfig: { NetworkMode: 'n' },
      NetworkSettings: { Networks: { n: { IPAddress: `10.0.0.${address}` } } },
    };
    this.containers.set(name, container);
    return container;
  }

  async list(): Promise<{ id: string; name: string }[]> {
    return [...this.containers.values()].map(({ Id: id, Name: name }) => ({ id, name }));
  }

  async inspect(id: string): Promise<InspectedContainer> {
    const found = this.containers.get(id);
    if (found === undefined) throw new EngineError({ code: 'GONE', message: `no such container: ${id}` });
    return found;
  }

  async entries(): Promise<ReadonlyMap<string, string>> {
    return new Map();
  }

  async changes(): Promise<string[]> {
    return [];
  }

  /** Nobody listens: everything is asked anew at each look. */
  async follow(): Promise<void> {
    return undefined;
  }

  async create(name: string, _body: DeployedContainer): Promise<string> {
    if (this.refusal !== undefined) throw this.refusal;
    this.run(name, 100 + this.containers.size, Date.now());
    return name;
  }

  async start(): Promise<void> {
    return undefined;
  }

  async stop(): Promise<void> {
    return undefined;
  }

  async remove(id: string): Promise<void> {
    if (this.keeps) throw new EngineError({ code: 'FAILED', message: 'device or resource busy' });
    this.containers.delete(id);
  }
}
