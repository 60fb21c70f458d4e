import { Wait } from 'testcontainers';
import type { StartedTestContainer } from 'testcontainers';
import { TEST_LABELS, engine } from './engine.ts';
import { freePort } from './free-port.ts';
import { LoopbackContainer } from './loopback.container.ts';

export interface OwnContainerOptions {
  /** id, from `ownImage` or `ownService` */
  image: string;
  /** published on a free port of the host */
  port: number;
  /** in its log when it can be used */
  ready: RegExp;
  environment?: Record<string, string>;
  files?: Record<string, string>;
  volumes?: Record<string, string>;
  command?: string[];
  /** as compose.yaml has it; SIGTERM unless told */
  stopSignal?: NodeJS.Signals;
  network?: string;
  /** its name in that network, or each of its names */
  alias?: string | string[];
}

/** A container of ours that can go away and come back, at the same address. */
export class OwnContainer {
  /** on 127.0.0.1 */
  readonly port: number;
  readonly #container: StartedTestContainer;

  static async start(options: OwnContainerOptions): Promise<OwnContainer> {
    const host = await freePort();
    let container = new LoopbackContainer(options.image)
      .withLabels(TEST_LABELS)
      .withExposedPorts({ container: options.port, host })
      .withEnvironment(options.environment ?? {})
      .withCopyContentToContainer(Object.entries(options.files ?? {}).map(([target, content]) => ({ target, content, mode: 0o444 })))
      .withBindMounts(Object.entries(options.volumes ?? {}).map(([source, target]) => ({ source, target, mode: 'rw' as const })))
      .withCommand(options.command ?? [])
      .withWaitStrategy(Wait.forLogMessage(options.ready));
    if (options.stopSignal) container = container.withStopSignal(options.stopSignal);
    if (options.network)
      container = container.withNetworkMode(options.network).withNetworkAliases(...(options.alias ? [options.alias].flat() : []));
    return new OwnContainer(await container.start(), host);
  }

  private constructor(container: StartedTestContainer, port: number) {
    this.#container = container;
    this.port = port;
  }

  get id(): string {
    return this.#container.getId();
  }

  /** Told to end, and waited for: connections break, and new ones are refused. */
  async goAway(seconds = 10): Promise<void> {
    await engine.getContainer(this.id).stop({ t: seconds });
  }

  async comeBack(): Promise<void> {
    await engine.getContainer(this.id).start();
  }

  /** Ended without a warning. */
  async die(): Promise<void> {
    await engine.getContainer(this.id).kill();
  }

  /** Connections stay, and nothing answers: worse than being away. */
  async hang(): Promise<void> {
    await engine.getContainer(this.id).pause();
  }

  async goOn(): Promise<void> {
    await engine.getContainer(this.id).unpause();
  }

  async exitCode(): Promise<number> {
    const { State } = await engine.getContainer(this.id).inspect();
    return State.ExitCode;
  }

  async log(): Promise<string> {
    const bytes = await engine.getContainer(this.id).logs({ stdout: true, stderr: true });
    return bytes.toString('utf8');
  }

  async stop(): Promise<void> {
    await engine.getContainer(this.id).remove({ force: true, v: true });
  }
}
