import { Injectable } from '@nestjs/common';
import { ProblemError } from '@seaworthy/platform';
import { OutboxRelay } from '@seaworthy/platform/delivery';
import { hashRequest } from '../idempotency/idempotency-key.ts';
import { Once } from '../idempotency/once.ts';
import { orderCursor } from './cursor.ts';
import type { NewOrder, Order, OrderPage, OrderQuery } from './order.schema.ts';
import { OrdersRepository } from './orders.repository.ts';
import { placeOrder } from './place-order.ts';

const CREATED = 201;

@Injectable()
export class OrdersService {
  readonly #orders: OrdersRepository;
  readonly #once: Once;
  readonly #relay: OutboxRelay;

  constructor(orders: OrdersRepository, once: Once, relay: OutboxRelay) {
    this.#orders = orders;
    this.#once = once;
    this.#relay = relay;
  }

  async place(owner: string, key: string, order: NewOrder): Promise<Order> {
    const hash = hashRequest(['POST /orders', order]);
    const { body } = await this.#once.perform({ owner, key, hash }, CREATED, async (transaction) => placeOrder(transaction, owner, order));
    this.#relay.nudge();
    return body as Order;
  }

  async find(owner: string, id: string): Promise<Order> {
    return found(await this.#orders.find(owner, id));
  }

  async cancel(owner: string, id: string): Promise<Order> {
    const order = found(await this.#orders.cancel(owner, id));
    this.#relay.nudge();
    return order;
  }

  /** Asks for one more than a page holds: if it is there, there is a next page. */
  async list(owner: string, { limit, cursor }: OrderQuery): Promise<OrderPage> {
    const after = cursor === undefined ? undefined : orderCursor.decode(cursor);
    const listed = await this.#orders.list(owner, { limit: limit + 1, after });
    const items = listed.slice(0, limit);
    const last = items.at(-1);
    return { items, next: listed.length > limit && last ? orderCursor.encode({ placedAt: last.placedAt, id: last.id }) : null };
  }
}

/** The same answer for what is not there and for what is another's: 403 would tell that it exists. */
function found(order: Order | undefined): Order {
  if (order) return order;
  throw new ProblemError({ status: 404, code: 'NOT_FOUND', detail: 'expected the id of an order of yours, found one that none has' });
}
