import type { Migration } from 'kysely/migration';
import { createCards } from './0001-create-cards.ts';
import { createPayments } from './0002-create-payments.ts';
import { findOldMessages } from './0003-expand-find-old-messages.ts';

/** In the order of their names. Never change one that has run somewhere: add another. */
export const migrations: Record<string, Migration> = {
  '0001-create-cards': createCards,
  '0002-create-payments': createPayments,
  '0003-expand-find-old-messages': findOldMessages,
};
