import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, Customer, Order } from './customer.ts';

const PAUSE_MS = 100;
const AGAIN_MS = 200;
const PATIENCE_MS = 40_000;

/** An order that was answered with 201. */
export interface Accepted {
  readonly key: string;
  readonly order: Order;
}

/** What a client is told to do: the same order with the same key again, until it has an answer that is one. Counts how often it had to. */
export class PersistentCustomer {
  readonly accepted: Accepted[] = [];
  readonly #customer: Customer;
  #retries = 0;

  constructor(customer: Customer) {
    this.#customer = customer;
  }

  get retries(): number {
    return this.#retries;
  }

  /** One order after the other, until told to stop. @throws Error when one finds no answer for too long */
  async keepOrdering(stop: AbortSignal): Promise<void> {
    for (; !stop.aborted; await sleep(PAUSE_MS)) await this.order(randomUUID());
  }

  async order(key: string): Promise<Order> {
    for (const until = Date.now() + PATIENCE_MS; ;) {
      const answer = await this.#try(key);
      if (typeof answer !== 'string' && answer.status === 201) {
        const order = JSON.parse(answer.body) as Order;
        this.accepted.push({ key, order });
        return order;
      }
      const found = typeof answer === 'string' ? answer : `${answer.status} ${answer.body.slice(0, 200)}`;
      if (Date.now() > until) throw new Error(`expected the order ${key} to be taken within ${PATIENCE_MS / 1000} s, found ${found}`);
      this.#retries += 1;
      await sleep(AGAIN_MS);
    }
  }

  async #try(key: string): Promise<Answer | string> {
    try {
      return await this.#customer.order(key);
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }
}
