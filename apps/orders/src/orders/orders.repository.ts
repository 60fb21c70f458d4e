import { Inject, Injectable } from '@nestjs/common';
import { Kysely } from 'kysely';
import { ProblemError } from '@seaworthy/platform';
import { inTransaction } from '@seaworthy/platform/database';
import type { Position } from './cursor.ts';
import type { Order } from './order.schema.ts';
import { moveStock, recordEvent, withLines } from './order.rows.ts';
import type { OrdersSchema, OrdersTable } from './orders.tables.ts';

/** Orders in PostgreSQL. Every question names the owner: there is no way to ask for somebody else's order. */
@Injectable()
export class OrdersRepository {
  readonly #database: Kysely<OrdersSchema>;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>) {
    this.#database = database;
  }

  async find(owner: string, id: string): Promise<Order | undefined> {
    const rows = await this.#database.selectFrom('orders').selectAll().where('id', '=', id).where('owner', '=', owner).execute();
    return (await withLines(this.#database, rows))[0];
  }

  /** The latest first. Keyset pagination: the cost of a page does not grow with its distance from the first. */
  async list(owner: string, { limit, after }: { limit: number; after?: Position | undefined }): Promise<Order[]> {
    let query = this.#database
      .selectFrom('orders')
      .selectAll()
      .where('owner', '=', owner)
      .orderBy('placed_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit);
    if (after) query = query.where((eb) => eb(eb.refTuple('placed_at', 'id'), '<', eb.tuple(new Date(after.placedAt), after.id)));
    return withLines(this.#database, await query.execute());
  }

  /**
   * Cancels an order and gives its stock back, once: doing it again changes nothing. Undefined when the owner has no such order.
   * @throws {ProblemError} ORDER_NOT_CANCELLABLE once its payment has begun
   */
  async cancel(owner: string, id: string): Promise<Order | undefined> {
    return inTransaction(this.#database, async (transaction) => {
      const row = await transaction
        .selectFrom('orders')
        .selectAll()
        .where('id', '=', id)
        .where('owner', '=', owner)
        .forUpdate()
        .executeTakeFirst();
      if (!row) return undefined;
      const [order] = await withLines(transaction, [row]);
      if (!order || row.status === 'cancelled') return order;
      if (row.status !== 'placed') throw notCancellable(row.status);
      const cancelled = { ...row, status: 'cancelled' as const, version: row.version + 1 };
      await transaction.updateTable('orders').set({ status: cancelled.status, version: cancelled.version }).where('id', '=', id).execute();
      await recordEvent(transaction, 'order.cancelled', cancelled);
      await moveStock(transaction, order.lines, -1);
      return { ...order, status: cancelled.status };
    });
  }
}

const WHY: Readonly<Record<'paying' | 'paid' | 'declined', string>> = {
  paying: 'is being paid: wait for the end of that',
  paid: 'is paid: what is charged is not given back here',
  declined: 'was declined: its stock is free already',
};

function notCancellable(status: Exclude<OrdersTable['status'], 'placed' | 'cancelled'>): ProblemError<'ORDER_NOT_CANCELLABLE'> {
  return new ProblemError({
    status: 409,
    code: 'ORDER_NOT_CANCELLABLE',
    detail: `expected an order that can be cancelled, found one that ${WHY[status]}`,
    extensions: { orderStatus: status },
  });
}
