import type { Selectable } from 'kysely';
import { toCloudEvent } from '@seaworthy/platform/delivery';
import type { CloudEvent } from '@seaworthy/platform/delivery';
import type { OrderEventsTable, OrderFacts } from '../orders/orders.tables.ts';

/** The first part of the subjects of what orders tells. */
export const SOURCE = 'orders';

export type OrderEvent = CloudEvent<OrderFacts>;

export function toEvent(row: Selectable<OrderEventsTable>): OrderEvent {
  return toCloudEvent(row, { source: SOURCE, about: row.order_id });
}
