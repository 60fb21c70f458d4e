import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createOrders: Migration = {
  async up(database) {
    await database.schema
      .createTable('stock')
      .addColumn('product_id', 'uuid', (column) => column.primaryKey())
      .addColumn('name', 'varchar(200)', (column) => column.notNull())
      .addColumn('price_cents', 'integer', (column) => column.notNull().check(sql`price_cents >= 0`))
      .addColumn('currency', sql`char(3)`, (column) => column.notNull())
      // the last line of defence: whatever the code does, nothing is sold that is not there
      .addColumn('available', 'integer', (column) => column.notNull().check(sql`available >= 0`))
      .execute();
    await database.schema
      .createTable('orders')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('owner', 'varchar(64)', (column) => column.notNull())
      .addColumn('status', 'varchar(16)', (column) => column.notNull().check(sql`status in ('placed', 'cancelled')`))
      .addColumn('total_cents', 'integer', (column) => column.notNull().check(sql`total_cents >= 0`))
      .addColumn('currency', sql`char(3)`, (column) => column.notNull())
      // whole milliseconds, as JavaScript counts: a cursor must hit exactly
      .addColumn('placed_at', sql`timestamptz(3)`, (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .execute();
    await database.schema.createIndex('orders_by_owner').on('orders').columns(['owner', 'placed_at', 'id']).execute();
    await database.schema
      .createTable('order_lines')
      .addColumn('order_id', 'uuid', (column) => column.notNull().references('orders.id'))
      .addColumn('product_id', 'uuid', (column) => column.notNull().references('stock.product_id'))
      .addColumn('name', 'varchar(200)', (column) => column.notNull())
      .addColumn('quantity', 'integer', (column) => column.notNull().check(sql`quantity > 0`))
      .addColumn('price_cents', 'integer', (column) => column.notNull())
      .addPrimaryKeyConstraint('order_lines_key', ['order_id', 'product_id'])
      .execute();
  },
};
