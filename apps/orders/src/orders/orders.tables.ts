import type { ColumnType, Generated } from 'kysely';

/** The tables as the migrations make them. */
export interface OrdersSchema {
  stock: StockTable;
  orders: OrdersTable;
  order_lines: OrderLinesTable;
  order_events: OrderEventsTable;
  idempotency_keys: IdempotencyKeysTable;
}

interface StockTable {
  product_id: string;
  name: string;
  price_cents: number;
  currency: string;
  available: number;
}

export interface OrdersTable {
  id: string;
  owner: string;
  /** `paying` with a card, until payments tells how that ended; `placed` without one */
  status: 'placed' | 'paying' | 'paid' | 'declined' | 'cancelled';
  total_cents: number;
  currency: string;
  placed_at: Date;
  /** 1 when placed, one more with each event */
  version: number;
}

export interface OrderLinesTable {
  order_id: string;
  product_id: string;
  name: string;
  quantity: number;
  price_cents: number;
}

export interface OrderEventsTable {
  id: string;
  order_id: string;
  sequence: number;
  type: string;
  data: ColumnType<OrderFacts, string, never>;
  trace: ColumnType<Record<string, string>, string, never>;
  occurred_at: Date;
  published_at: Generated<Date | null>;
}

/** What an event tells of its order. */
export interface OrderFacts {
  orderId: string;
  owner: string;
  status: OrdersTable['status'];
  totalCents: number;
  currency: string;
  /** what is to be charged for it, as payments knows it: no part of a card */
  cardToken?: string;
}

interface IdempotencyKeysTable {
  owner: string;
  key: string;
  request_hash: string;
  answer: ColumnType<{ status: number; body: unknown } | null, null, string | null>;
  created_at: Date;
}
