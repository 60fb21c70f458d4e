import { setTimeout as sleep } from 'node:timers/promises';
import { refusal } from '@seaworthy/drills';
import type { Agent } from 'undici';
import { URLS } from '../../platform/access.ts';

const PATIENCE_MS = 20_000;

export interface Readers {
  readonly clients: number;
  /** of each between two requests, ms: what is measured is what is lost, so the machine must have something left to start replicas with */
  readonly pause: number;
}

/**
 * Clients that read the list of products through the edge, each one request after another over connections that stay, and try nothing
 * twice. Counts alone are kept: there are many.
 */
export class SteadyReads {
  answered = 0;
  /** by what was answered instead, or the code of the error */
  readonly failures = new Map<string, number>();
  readonly #clients: Promise<void>[];
  #ends = false;

  constructor(dispatcher: Agent, { clients, pause }: Readers) {
    this.#clients = Array.from({ length: clients }, async () => this.#keepReading(dispatcher, pause));
  }

  get sent(): number {
    return this.answered + this.failed;
  }

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    this.#ends = true;
    await Promise.all(this.#clients);
  }

  async #keepReading(dispatcher: Agent, pause: number): Promise<void> {
    while (!this.#ends) {
      const result = await read(dispatcher);
      if (result === undefined) this.answered += 1;
      else this.failures.set(result, (this.failures.get(result) ?? 0) + 1);
      await sleep(pause);
    }
  }
}

/** Undefined when it was answered as it should be. */
async function read(dispatcher: Agent): Promise<string | undefined> {
  try {
    const { statusCode, body } = await dispatcher.request({
      origin: URLS.edge,
      path: '/products?limit=5',
      method: 'GET',
      headersTimeout: PATIENCE_MS,
      bodyTimeout: PATIENCE_MS,
    });
    if (statusCode !== 200) return refusal(statusCode, await body.text());
    await body.dump();
    return undefined;
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
