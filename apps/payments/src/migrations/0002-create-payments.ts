import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createPayments: Migration = {
  async up(database) {
    await database.schema
      .createTable('inbox')
      .addColumn('message_id', 'uuid', (column) => column.primaryKey())
      .addColumn('received_at', sql`timestamptz(3)`, (column) => column.notNull())
      .execute();
    await database.schema
      .createTable('payments')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      // the last line of defence: whatever messages say, an order has one payment
      .addColumn('order_id', 'uuid', (column) => column.notNull().unique())
      .addColumn('owner', 'varchar(64)', (column) => column.notNull())
      .addColumn('card_token', 'uuid', (column) => column.notNull())
      .addColumn('amount_cents', 'integer', (column) => column.notNull().check(sql`amount_cents >= 0`))
      .addColumn('currency', sql`char(3)`, (column) => column.notNull())
      .addColumn('status', 'varchar(16)', (column) => column.notNull().check(sql`status in ('pending', 'paid', 'declined')`))
      .addColumn('reason', 'varchar(40)')
      // of the request that placed the order: what is done for it later belongs to it
      .addColumn('trace', 'jsonb', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull().defaultTo(0))
      .addColumn('due_at', sql`timestamptz(3)`, (column) => column.notNull())
      .addColumn('created_at', sql`timestamptz(3)`, (column) => column.notNull())
      .execute();
    await database.schema.createIndex('payments_due').on('payments').columns(['due_at']).where(sql.ref('status'), '=', 'pending').execute();
    await database.schema
      .createTable('payment_events')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('order_id', 'uuid', (column) => column.notNull().references('payments.order_id'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('type', 'varchar(40)', (column) => column.notNull())
      .addColumn('data', 'jsonb', (column) => column.notNull())
      .addColumn('trace', 'jsonb', (column) => column.notNull())
      .addColumn('occurred_at', sql`timestamptz(3)`, (column) => column.notNull())
      .addColumn('published_at', sql`timestamptz(3)`)
      .addUniqueConstraint('payment_events_in_order', ['order_id', 'sequence'])
      .execute();
    await database.schema
      .createIndex('payment_events_unpublished')
      .on('payment_events')
      .columns(['occurred_at'])
      .where(sql.ref('published_at'), 'is', null)
      .execute();
  },
};
