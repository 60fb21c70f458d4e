import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Kysely, Selectable, Transaction } from 'kysely';
import { OvertakenError } from '@seaworthy/platform/database';
import { currentTrace } from '@seaworthy/platform/messaging';
import type { Order } from './order.schema.ts';
import type { OrderFacts, OrderLinesTable, OrdersSchema, OrdersTable } from './orders.tables.ts';

type OrderRow = Selectable<OrdersTable>;
type LineRow = Selectable<OrderLinesTable>;

/** Lines of these orders, read at once. */
export async function withLines(database: Kysely<OrdersSchema>, rows: readonly OrderRow[]): Promise<Order[]> {
  if (rows.length === 0) return [];
  const ids = rows.map(({ id }) => id);
  const lines = await database.selectFrom('order_lines').selectAll().where('order_id', 'in', ids).orderBy('product_id').execute();
  return rows.map((row) =>
    toOrder(
      row,
      lines.filter(({ order_id }) => order_id === row.id),
    ),
  );
}

/** Only what the owner may see: no owner, no version. */
export function toOrder({ id, status, total_cents, currency, placed_at }: OrderRow, lines: readonly LineRow[]): Order {
  return {
    id,
    status,
    totalCents: total_cents,
    currency,
    placedAt: placed_at.toISOString(),
    lines: lines.map(({ product_id, name, quantity, price_cents }) => ({ productId: product_id, name, quantity, priceCents: price_cents })),
  };
}

/** Tells, in the same transaction, what happened: either both are there or neither. */
export async function recordEvent(
  transaction: Transaction<OrdersSchema>,
  type: `order.${string}`,
  row: OrderRow,
  further: Pick<OrderFacts, 'cardToken'> = {},
): Promise<void> {
  const data: OrderFacts = {
    orderId: row.id,
    owner: row.owner,
    status: row.status,
    totalCents: row.total_cents,
    currency: row.currency,
    ...further,
  };
  await transaction
    .insertInto('order_events')
    .values({
      id: randomUUID(),
      order_id: row.id,
      sequence: row.version,
      type,
      data: JSON.stringify(data),
      trace: JSON.stringify(currentTrace()),
      occurred_at: new Date(),
    })
    .execute();
}

/**
 * Takes pieces from the stock, or gives them back (negative), in the order of the products' ids: two orders never wait for each other crosswise. Comes
 * last in a transaction: whoever wants the same product waits from here to the commit.
 * @throws {OvertakenError} when there are not as many any more
 */
export async function moveStock(
  transaction: Transaction<OrdersSchema>,
  lines: readonly { productId: string; quantity: number }[],
  direction: 1 | -1,
): Promise<void> {
  for (const { productId, quantity } of lines.toSorted((a, b) => (a.productId < b.productId ? -1 : 1))) {
    const pieces = direction * quantity;
    const { numUpdatedRows } = await transaction
      .updateTable('stock')
      .set({ available: sql`available - ${pieces}` })
      .where('product_id', '=', productId)
      .where('available', '>=', pieces)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) throw new OvertakenError(`expected ${quantity} pieces of ${productId}, found that others had taken them`);
  }
}
