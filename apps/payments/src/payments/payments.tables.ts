import type { ColumnType, Generated } from 'kysely';

/** The tables as the migrations make them. */
export interface PaymentsSchema {
  cards: CardsTable;
  payments: PaymentsTable;
  payment_events: PaymentEventsTable;
}

export interface CardsTable {
  /** what others know a card by; it says nothing of the number */
  token: string;
  owner: string;
  sealed: Buffer;
  key_id: string;
  last_four: string;
  /** `2030-07`: good to the end of that month */
  expiry: string;
  created_at: Date;
}

export interface PaymentsTable {
  id: string;
  order_id: string;
  owner: string;
  card_token: string;
  amount_cents: number;
  currency: string;
  /** `pending`: the provider's word is still to be had */
  status: 'pending' | 'paid' | 'declined';
  reason: string | null;
  trace: ColumnType<Record<string, string>, string, never>;
  /** how often a replica has taken it in hand */
  attempts: Generated<number>;
  /** when the next one may */
  due_at: Date;
  created_at: Date;
}

interface PaymentEventsTable {
  id: string;
  order_id: string;
  sequence: number;
  type: string;
  data: ColumnType<unknown, string, never>;
  trace: ColumnType<Record<string, string>, string, never>;
  occurred_at: Date;
  published_at: Generated<Date | null>;
}
