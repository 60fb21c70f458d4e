import type { Migration } from 'kysely/migration';
import { createOrders } from './0001-create-orders.ts';
import { createOutbox } from './0002-create-outbox.ts';
import { createIdempotencyKeys } from './0003-create-idempotency-keys.ts';
import { seedStock } from './0004-seed-stock.ts';
import { takePayments } from './0005-expand-take-payments.ts';
import { findOrdersThatWait } from './0006-expand-find-orders-that-wait.ts';
import { findOldMessages } from './0007-expand-find-old-messages.ts';

/** In the order of their names. Never change one that has run somewhere: add another. */
export const migrations: Record<string, Migration> = {
  '0001-create-orders': createOrders,
  '0002-create-outbox': createOutbox,
  '0003-create-idempotency-keys': createIdempotencyKeys,
  '0004-seed-stock': seedStock,
  '0005-expand-take-payments': takePayments,
  '0006-expand-find-orders-that-wait': findOrdersThatWait,
  '0007-expand-find-old-messages': findOldMessages,
};
