import { randomBytes } from 'node:crypto';
import { GenericContainer, Wait } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import { TEST_LABELS, engine } from './engine.ts';
import { freePort } from './free-port.ts';

export interface StoreOptions {
  image: string;
  port: number;
  /** in its log when it can be used */
  ready: RegExp;
  files?: Record<string, string>;
  volumes?: Record<string, string>;
  command?: string[];
}

/** A data store in a container that can go away and come back, at the same address. */
export class StoreContainer {
  readonly port: number;
  readonly #container: StartedTestContainer;

  static async start({ image, port, ready, files = {}, volumes = {}, command = [] }: StoreOptions): Promise<StoreContainer> {
    const host = await freePort();
    const container = await new GenericContainer(image)
      .withLabels(TEST_LABELS)
      .withExposedPorts({ container: port, host })
      .withCopyContentToContainer(Object.entries(files).map(([target, content]) => ({ target, content, mode: 0o444 })))
      .withBindMounts(Object.entries(volumes).map(([source, target]) => ({ source, target, mode: 'rw' as const })))
      .withCommand(command)
      .withWaitStrategy(Wait.forLogMessage(ready))
      .start();
    return new StoreContainer(container, host);
  }

  private constructor(container: StartedTestContainer, port: number) {
    this.#container = container;
    this.port = port;
  }

  /** Connections break, and new ones are refused. */
  async goAway(): Promise<void> {
    await engine.getContainer(this.#container.getId()).stop({ t: 5 });
  }

  async comeBack(): Promise<void> {
    await engine.getContainer(this.#container.getId()).start();
  }

  /** Connections stay, and nothing answers: worse than being away. */
  async hang(): Promise<void> {
    await engine.getContainer(this.#container.getId()).pause();
  }

  async goOn(): Promise<void> {
    await engine.getContainer(this.#container.getId()).unpause();
  }

  async stop(): Promise<void> {
    await engine.getContainer(this.#container.getId()).remove({ force: true, v: true });
  }
}

export function randomPassword(): string {
  return randomBytes(18).toString('base64url');
}
