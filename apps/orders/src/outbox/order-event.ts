import type { Selectable } from 'kysely';
import type { OrderEventsTable, OrderFacts } from '../orders/orders.tables.ts';

/** `orders.placed.<order>`: the id is in the subject, so that who follows one order need not read the others. */
export const ORDERS_STREAM = {
  name: 'ORDERS',
  subjects: ['orders.>'],
  maxAge: 7 * 86_400_000,
  maxBytes: 256 * 2 ** 20,
  // longer than a relay can take from sending to noting that it was sent
  duplicateWindow: 10 * 60_000,
} as const;

/** CloudEvents 1.0, JSON format (section 3 of its JSON event format). */
export interface OrderEvent {
  specversion: '1.0';
  id: string;
  source: '/orders';
  type: string;
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  /** place among the events of its order, from 1 (extension `sequence`) */
  sequence: number;
  data: OrderFacts;
}

export function toEvent({ id, order_id, type, occurred_at, sequence, data }: Selectable<OrderEventsTable>): OrderEvent {
  return {
    specversion: '1.0',
    id,
    source: '/orders',
    type,
    subject: order_id,
    time: occurred_at.toISOString(),
    datacontenttype: 'application/json',
    sequence,
    data,
  };
}

export function subjectOf({ type, order_id }: Pick<Selectable<OrderEventsTable>, 'type' | 'order_id'>): string {
  return `orders.${type.slice('order.'.length)}.${order_id}`;
}
