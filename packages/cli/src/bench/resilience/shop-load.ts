import { Orders, Traffic } from '@seaworthy/drills';
import type { DrillPlatform } from '@seaworthy/drills';
import type { Agent } from 'undici';
import { SteadyReads } from './steady-reads.ts';
import type { Readers } from './steady-reads.ts';

const BUYERS = { clients: 2, pause: 20 };

export interface Sold {
  readonly requests: number;
  readonly unanswered: number;
  /** `3 × 503` */
  readonly failures: string;
  readonly ordersAccepted: number;
  readonly ordersLost: number;
  readonly ordersDoubled: number;
}

/** Customers who read and order through the edge, and try nothing twice. */
export class ShopLoad {
  readonly #reads: SteadyReads;
  readonly #writes: Traffic;
  readonly #orders: Orders;

  private constructor(reads: SteadyReads, writes: Traffic, orders: Orders) {
    this.#reads = reads;
    this.#writes = writes;
    this.#orders = orders;
  }

  static async begin(platform: DrillPlatform, dispatcher: Agent, readers: Readers): Promise<ShopLoad> {
    const orders = await Orders.begin(platform);
    const writes = Traffic.of(orders.place, BUYERS, 201);
    return new ShopLoad(new SteadyReads(dispatcher, readers), writes, orders);
  }

  get sent(): number {
    return this.#reads.sent + this.#writes.answers.length;
  }

  /** Ends it, and compares what customers were told with what orders has. */
  async end(): Promise<Sold> {
    await Promise.all([this.#reads.stop(), this.#writes.stop()]);
    const { accepted, lost, doubled } = await this.#orders.audit();
    const failures = [...[...this.#reads.failures].map(([what, count]) => `${count} × ${what}`), this.#writes.losses];
    return {
      requests: this.sent,
      unanswered: this.#reads.failed + this.#writes.lost.length,
      failures: failures.filter((text) => text !== 'none').join(', ') || 'none',
      ordersAccepted: accepted,
      ordersLost: lost,
      ordersDoubled: doubled,
    };
  }

  /** When nobody wants to know any more. */
  async abandon(): Promise<void> {
    await Promise.all([this.#reads.stop(), this.#writes.stop()]);
  }
}
