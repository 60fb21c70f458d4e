import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What happened to each order, in order; what `published_at` lacks still has to be told to NATS. */
export const createOutbox: Migration = {
  async up(database) {
    await database.schema
      .createTable('order_events')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('order_id', 'uuid', (column) => column.notNull().references('orders.id'))
      .addColumn('sequence', 'integer', (column) => column.notNull())
      .addColumn('type', 'varchar(40)', (column) => column.notNull())
      .addColumn('data', 'jsonb', (column) => column.notNull())
      .addColumn('trace', 'jsonb', (column) => column.notNull())
      .addColumn('occurred_at', sql`timestamptz(3)`, (column) => column.notNull())
      .addColumn('published_at', sql`timestamptz(3)`)
      .addUniqueConstraint('order_events_in_order', ['order_id', 'sequence'])
      .execute();
    await database.schema
      .createIndex('order_events_unpublished')
      .on('order_events')
      .columns(['occurred_at', 'order_id', 'sequence'])
      .where(sql.ref('published_at'), 'is', null)
      .execute();
  },
};
