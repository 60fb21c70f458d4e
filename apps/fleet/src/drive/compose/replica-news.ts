import type { EngineClient } from './engine.client.ts';

/**
 * Whether anything may have happened to the replicas of one service since it was asked last, so that the engine need not be asked at every
 * look. The engine tells what happens as it does; while nobody listens to it, not yet or no longer, anything may have.
 */
export class ReplicaNews {
  readonly #engine: EngineClient;
  readonly #service: string;
  readonly #tell: () => void;
  readonly #closed = new AbortController();
  #stream: 'none' | 'opening' | 'open' = 'none';
  #isNew = true;

  /** `tell` is called when something has happened, for who does not want to wait until it asks */
  constructor(engine: EngineClient, service: string, tell: () => void) {
    this.#engine = engine;
    this.#service = service;
    this.#tell = tell;
  }

  /** Asks once: what there was by now is known from here on. */
  take(): boolean {
    if (this.#stream === 'none') void this.#listen();
    const isNew = this.#isNew || this.#stream !== 'open';
    this.#isNew = false;
    return isNew;
  }

  /** After what one has done oneself: what the engine tells of it may come later than its answer. */
  expect(): void {
    this.#isNew = true;
  }

  close(): void {
    this.#closed.abort();
  }

  async #listen(): Promise<void> {
    this.#stream = 'opening';
    try {
      await this.#engine.follow(this.#service, this.#closed.signal, () => {
        this.#stream = 'open';
        this.#isNew = true;
        this.#tell();
      });
    } catch {
      // whoever looks asks the engine itself, and tells when it does not answer
    } finally {
      this.#stream = 'none';
    }
  }
}
