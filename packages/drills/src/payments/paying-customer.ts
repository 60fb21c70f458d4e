import { Orders, severalAtOnce, Traffic } from '../fleet/traffic.ts';
import type { DrillPlatform } from '../platform.ts';
import { readLedger } from './ledger.ts';
import { CARDS, Shopper } from './shopper.ts';

/** A payment whose replica died is left alone for 20 s before another takes it up. */
const END_MS = 120_000;
/** Two orders a second: each of them is worked on by two services and a provider. */
const PAUSE_MS = 500;

/** How the orders of a {@link PayingCustomer} ended. */
export interface Paid {
  readonly requests: number;
  /** those that were not answered with an order; `failures` says how */
  readonly unanswered: number;
  readonly failures: string;
  readonly accepted: number;
  readonly lost: number;
  readonly doubled: number;
  /** accepted, and not paid in the end */
  readonly unpaid: number;
  /** by the provider's own ledger */
  readonly chargedTwice: number;
}

/** Somebody who orders and pays, again and again, and tries nothing twice. Nemo, so that the orders of marina can be counted apart. */
export class PayingCustomer {
  readonly #platform: DrillPlatform;
  readonly #shopper: Shopper;
  readonly #orders: Orders;
  readonly #traffic: Traffic;

  static async begin(platform: DrillPlatform): Promise<PayingCustomer> {
    const shopper = await Shopper.signIn(platform, 'nemo');
    const orders = await Orders.begin(platform, 'nemo', { cardToken: await shopper.keepCard(CARDS.good) });
    return new PayingCustomer(platform, shopper, orders);
  }

  private constructor(platform: DrillPlatform, shopper: Shopper, orders: Orders) {
    this.#platform = platform;
    this.#shopper = shopper;
    this.#orders = orders;
    this.#traffic = Traffic.of(orders.place, { clients: 1, pause: PAUSE_MS }, 201);
  }

  get sent(): number {
    return this.#traffic.answers.length;
  }

  /** Orders nothing more. */
  async stop(): Promise<void> {
    await this.#traffic.stop();
  }

  /** Waits for the payments, and asks orders and the provider what became of each. */
  async end(): Promise<Paid> {
    await this.stop();
    const ids = this.#orders.accepted;
    let unpaid = 0;
    const until = Date.now() + END_MS;
    await severalAtOnce(ids, async (id) => {
      const [status] = await this.#shopper.ended([id], Math.max(0, until - Date.now()));
      if (status !== 'paid') unpaid += 1;
    });
    const charges = new Map<string, number>();
    for (const { reference, status } of await readLedger(this.#platform, ids))
      if (status === 'succeeded') charges.set(reference, (charges.get(reference) ?? 0) + 1);
    const chargedTwice = [...charges.values()].filter((count) => count > 1).length;
    const { lost: notAnswered, losses } = this.#traffic;
    return { requests: this.sent, unanswered: notAnswered.length, failures: losses, ...(await this.#orders.audit()), unpaid, chargedTwice };
  }
}
