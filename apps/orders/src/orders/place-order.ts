import { randomUUID } from 'node:crypto';
import type { Selectable, Transaction } from 'kysely';
import { ProblemError } from '@seaworthy/platform';
import type { NewOrder, Order } from './order.schema.ts';
import { moveStock, recordEvent, toOrder } from './order.rows.ts';
import type { OrdersSchema } from './orders.tables.ts';

type StockRow = Selectable<OrdersSchema['stock']>;
export type OrderProblemCode = 'UNKNOWN_PRODUCT' | 'OUT_OF_STOCK';

/**
 * One order within a transaction. Prices come from here, never from the customer. Nothing is written when it is refused. Its stock is taken last,
 * if it is still there, so that orders for the same product wait for each other as briefly as can be.
 * @throws {ProblemError} UNKNOWN_PRODUCT | OUT_OF_STOCK
 * @throws {OvertakenError} when others were faster; begun anew, it sees what they left
 */
export async function placeOrder(transaction: Transaction<OrdersSchema>, owner: string, { lines, cardToken }: NewOrder): Promise<Order> {
  const stock = await readStock(transaction, lines);
  const missing = lines.filter(({ productId }) => !stock.has(productId));
  if (missing.length > 0) throw refusal(422, 'UNKNOWN_PRODUCT', 'expected products that are sold here, found others', missing);
  const short = lines.filter(({ productId, quantity }) => (stock.get(productId)?.available ?? 0) < quantity);
  if (short.length > 0) throw refusal(409, 'OUT_OF_STOCK', 'there is not enough of these products; nothing was reserved', short);

  const priced = lines.map(({ productId, quantity }) => ({ quantity, ...(stock.get(productId) as StockRow) }));
  const row = {
    id: randomUUID(),
    owner,
    status: cardToken === undefined ? ('placed' as const) : ('paying' as const),
    total_cents: priced.reduce((sum, { price_cents, quantity }) => sum + price_cents * quantity, 0),
    currency: priced[0]?.currency ?? 'EUR',
    placed_at: new Date(),
    version: 1,
  };
  const rows = priced
    .map(({ product_id, name, quantity, price_cents }) => ({ order_id: row.id, product_id, name, quantity, price_cents }))
    .toSorted((a, b) => (a.product_id < b.product_id ? -1 : 1));
  await transaction.insertInto('orders').values(row).execute();
  await transaction.insertInto('order_lines').values(rows).execute();
  await recordEvent(transaction, 'order.placed', row, cardToken === undefined ? {} : { cardToken });
  await moveStock(transaction, lines, 1);
  return toOrder(row, rows);
}

async function readStock(transaction: Transaction<OrdersSchema>, lines: NewOrder['lines']): Promise<Map<string, StockRow>> {
  const ids = lines.map(({ productId }) => productId);
  const rows = await transaction.selectFrom('stock').selectAll().where('product_id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.product_id, row]));
}

function refusal(status: number, code: OrderProblemCode, detail: string, lines: NewOrder['lines']): ProblemError<OrderProblemCode> {
  return new ProblemError({ status, code, detail, extensions: { products: lines.map(({ productId }) => productId) } });
}
