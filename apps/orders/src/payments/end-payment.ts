import type { Transaction } from 'kysely';
import type { PaymentEnded } from '@seaworthy/contracts';
import { firstTime } from '@seaworthy/platform/delivery';
import { PoisonError } from '@seaworthy/platform/messaging';
import { moveStock, recordEvent } from '../orders/order.rows.ts';
import type { OrdersSchema } from '../orders/orders.tables.ts';

/**
 * An order that is being paid becomes paid, or declined, which gives its stock back. What comes again changes nothing; what contradicts what
 * is known is for people to look at.
 * @throws {PoisonError} for an order that is not here, or that ended in another way
 */
export async function endPayment(transaction: Transaction<OrdersSchema>, { id, data }: PaymentEnded): Promise<void> {
  if (!(await firstTime(transaction, id))) return;
  const { orderId, outcome } = data;
  const order = await transaction.selectFrom('orders').selectAll().where('id', '=', orderId).forUpdate().executeTakeFirst();
  if (order?.status === outcome) return;
  if (order?.status !== 'paying')
    throw new PoisonError(`expected the order ${orderId} to be one that is being paid, found it ${order?.status ?? 'nowhere'}`);
  const ended = { ...order, status: outcome, version: order.version + 1 };
  await transaction.updateTable('orders').set({ status: ended.status, version: ended.version }).where('id', '=', orderId).execute();
  await recordEvent(transaction, `order.${outcome}`, ended);
  if (outcome !== 'declined') return;
  const lines = await transaction.selectFrom('order_lines').select(['product_id', 'quantity']).where('order_id', '=', orderId).execute();
  const pieces = lines.map(({ product_id, quantity }) => ({ productId: product_id, quantity }));
  await moveStock(transaction, pieces, -1);
}
