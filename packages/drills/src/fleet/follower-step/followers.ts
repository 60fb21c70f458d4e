import { randomUUID } from 'node:crypto';
import { Customer } from '../../orders/customer.ts';
import type { DrillPlatform } from '../../platform.ts';
import type { Load } from '../step-of-load.ts';

/** Two of each customer in turn: a replica that gets every other one has no more of one customer's streams than it grants. */
const TURN = ['marina', 'marina', 'nemo', 'nemo'] as const;

/** Orders that nobody pays for, one of each customer. */
export class FollowedOrders {
  readonly #of = new Map<string, { readonly customer: Customer; readonly id: string }>();

  static async place(platform: DrillPlatform): Promise<FollowedOrders> {
    const orders = new FollowedOrders();
    for (const name of new Set(TURN)) {
      const customer = await Customer.signIn(platform, name);
      orders.#of.set(name, { customer, id: (await customer.placed(`drill-${randomUUID()}`)).id });
    }
    return orders;
  }

  async stream(name: string, signal: AbortSignal): Promise<Response> {
    const order = this.#of.get(name);
    if (order === undefined) throw new TypeError(`expected a customer with an order, found ${name}`);
    return order.customer.stream(order.id, signal);
  }

  async takeBack(): Promise<void> {
    for (const { customer, id } of this.#of.values()) await customer.cancel(id);
  }
}

/** Customers who each hold a stream of events of an order of theirs. */
export class Followers implements Load {
  readonly #stop = new AbortController();
  readonly #reading: Promise<void>[] = [];
  #requests = 0;
  #lost = 0;

  /** Resolves when all have their streams. */
  static async begin(orders: FollowedOrders, count: number): Promise<Followers> {
    const followers = new Followers();
    for (let opened = 0; opened < count; opened += TURN.length)
      await Promise.all(TURN.map(async (name) => followers.#follow(orders, name)));
    return followers;
  }

  async #follow(orders: FollowedOrders, name: string): Promise<void> {
    this.#requests += 1;
    const answer = await orders.stream(name, this.#stop.signal).catch(() => undefined);
    if (answer?.status === 200) this.#reading.push(this.#read(answer));
    else this.#lost += 1;
  }

  /** A stream that ends before it is told to is one that was lost. */
  async #read(answer: Response): Promise<void> {
    await answer.text().catch(() => undefined);
    if (!this.#stop.signal.aborted) this.#lost += 1;
  }

  async stop(): Promise<{ requests: number; lost: number }> {
    const lost = this.#lost;
    this.#stop.abort();
    await Promise.all(this.#reading);
    return { requests: this.#requests, lost };
  }
}
