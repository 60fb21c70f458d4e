import { Orders, PayingCustomer, Traffic } from '@seaworthy/drills';
import type { DrillPlatform, Paid } from '@seaworthy/drills';
import type { Agent } from 'undici';
import { SteadyReads } from './steady-reads.ts';
import type { Readers } from './steady-reads.ts';

const BUYERS = { clients: 2, pause: 20 };

export interface Sold {
  readonly requests: number;
  readonly unanswered: number;
  /** `reads: 3 × 503; orders: 1 × 504`, or `none` */
  readonly failures: string;
  readonly ordersAccepted: number;
  readonly ordersLost: number;
  readonly ordersDoubled: number;
  /** the orders among them that are to be paid */
  readonly paid: Pick<Paid, 'accepted' | 'unpaid' | 'chargedTwice'>;
}

/** Customers who read, order and pay through the edge, and try nothing twice. */
export class ShopLoad {
  readonly #reads: SteadyReads;
  readonly #writes: Traffic;
  readonly #orders: Orders;
  readonly #payer: PayingCustomer;

  private constructor(reads: SteadyReads, writes: Traffic, orders: Orders, payer: PayingCustomer) {
    this.#reads = reads;
    this.#writes = writes;
    this.#orders = orders;
    this.#payer = payer;
  }

  static async begin(platform: DrillPlatform, dispatcher: Agent, readers: Readers): Promise<ShopLoad> {
    const [orders, payer] = await Promise.all([Orders.begin(platform), PayingCustomer.begin(platform)]);
    const writes = Traffic.of(orders.place, BUYERS, 201);
    return new ShopLoad(new SteadyReads(dispatcher, readers), writes, orders, payer);
  }

  get sent(): number {
    return this.#reads.sent + this.#writes.answers.length + this.#payer.sent;
  }

  /** Ends it, and compares what customers were told with what orders has. */
  async end(): Promise<Sold> {
    await this.abandon();
    const { accepted, lost, doubled } = await this.#orders.audit();
    const paid = await this.#payer.end();
    const reads = [...this.#reads.failures].map(([what, count]) => `${count} × ${what}`).join(', ') || 'none';
    const failures = Object.entries({ reads, orders: this.#writes.losses, 'paid orders': paid.failures });
    return {
      requests: this.sent,
      unanswered: this.#reads.failed + this.#writes.lost.length + paid.unanswered,
      failures: failures.flatMap(([which, text]) => (text === 'none' ? [] : `${which}: ${text}`)).join('; ') || 'none',
      ordersAccepted: accepted + paid.accepted,
      ordersLost: lost + paid.lost,
      ordersDoubled: doubled + paid.doubled,
      paid,
    };
  }

  /** When nobody wants to know any more. */
  async abandon(): Promise<void> {
    await Promise.all([this.#reads, this.#writes, this.#payer].map(async (one) => one.stop()));
  }
}
