import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

export const createCards: Migration = {
  async up(database) {
    await database.schema
      .createTable('cards')
      .addColumn('token', 'uuid', (column) => column.primaryKey())
      .addColumn('owner', 'varchar(64)', (column) => column.notNull())
      // the number, as the vault seals it; the security code is never stored, not even sealed
      .addColumn('sealed', 'bytea', (column) => column.notNull())
      .addColumn('key_id', 'varchar(16)', (column) => column.notNull())
      .addColumn('last_four', sql`char(4)`, (column) => column.notNull())
      .addColumn('expiry', sql`char(7)`, (column) => column.notNull())
      .addColumn('created_at', sql`timestamptz(3)`, (column) => column.notNull())
      .execute();
    await database.schema.createIndex('cards_by_owner').on('cards').columns(['owner', 'created_at']).execute();
  },
};
