import { setTimeout as sleep } from 'node:timers/promises';
import { Customer, SHACKLE } from '../orders/customer.ts';
import type { Order } from '../orders/customer.ts';
import type { DrillPlatform } from '../platform.ts';

const PATIENCE_MS = 60_000;
const PAUSE_MS = 250;

/** Numbers by which the provider is told how to behave: apps/payment-provider/src/charges/test-cards.ts. */
export const CARDS = {
  good: '4242424242424242',
  failing: '4000000000000119',
  slow: '4000000000000259',
  cut: '4000000000000341',
};

/** A customer who pays with cards, at the edge like everybody from outside. */
export class Shopper {
  readonly #platform: DrillPlatform;
  readonly #token: string;
  readonly #customer: Customer;

  static async signIn(platform: DrillPlatform, name: 'marina' | 'nemo'): Promise<Shopper> {
    return new Shopper(platform, await platform.customer(name)());
  }

  private constructor(platform: DrillPlatform, token: string) {
    this.#platform = platform;
    this.#token = token;
    this.#customer = new Customer(platform, token);
  }

  /** What `POST /cards` answers. */
  async offerCard(body: object): Promise<{ status: number; text: string }> {
    const answer = await this.#platform.edge('/cards', {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return { status: answer.status, text: await answer.text() };
  }

  /** The token of a card that is kept. Waits for payments: a copy may have only just been started. */
  async keepCard(number: string): Promise<string> {
    for (const until = Date.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
      const { status, text } = await this.offerCard({ number, expiry: '2099-12', securityCode: '7373' });
      if (status === 201) return (JSON.parse(text) as { token: string }).token;
      if (status < 500 || Date.now() > until) throw new Error(`expected a card to be kept, found status ${status}: ${text.slice(0, 300)}`);
    }
  }

  /** An order of one piece, to be paid with a card. */
  async order(key: string, cardToken: string): Promise<Order> {
    const { status, body } = await this.#customer.order(key, { lines: [{ productId: SHACKLE, quantity: 1 }], cardToken });
    if (status === 201) return JSON.parse(body) as Order;
    throw new Error(`expected an order to be placed, found status ${status}: ${body.slice(0, 300)}`);
  }

  async statusOf(id: string): Promise<string> {
    const { status, body } = await this.#customer.get(`/${id}`);
    return status === 200 ? (JSON.parse(body) as Order).status : `answer ${status}`;
  }

  /** How each of these orders ended; as it is when that takes too long. */
  async ended(ids: readonly string[], patience: number): Promise<string[]> {
    for (const until = Date.now() + patience; ; await sleep(PAUSE_MS)) {
      const statuses = await Promise.all(ids.map(async (id) => this.statusOf(id)));
      if (statuses.every((status) => status === 'paid' || status === 'declined') || Date.now() > until) return statuses;
    }
  }
}
