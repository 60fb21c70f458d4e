import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createProducts: Migration = {
  async up(database) {
    await database.schema
      .createTable('products')
      .addColumn('id', 'uuid', (column) => column.primaryKey())
      .addColumn('name', 'varchar(200)', (column) => column.notNull())
      .addColumn('description', 'text', (column) => column.notNull())
      .addColumn('category', 'varchar(40)', (column) => column.notNull())
      .addColumn('price_cents', 'integer', (column) => column.notNull().check(sql`price_cents >= 0`))
      .addColumn('currency', sql`char(3)`, (column) => column.notNull())
      .execute();
    await database.schema.createIndex('products_by_name').on('products').columns(['name', 'id']).execute();
    await database.schema.createIndex('products_by_category').on('products').columns(['category', 'name', 'id']).execute();
  },
};
