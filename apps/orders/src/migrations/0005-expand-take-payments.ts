import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Orders may be paid, and messages about that are acted upon once. It only adds: an older replica goes on meanwhile. */
export const takePayments: Migration = {
  async up(database) {
    await sql`alter table orders drop constraint orders_status_check`.execute(database);
    await sql`alter table orders add constraint orders_status_check check (status in ('placed', 'paying', 'paid', 'declined', 'cancelled'))`.execute(
      database,
    );
    await database.schema
      .createTable('inbox')
      .addColumn('message_id', 'uuid', (column) => column.primaryKey())
      .addColumn('received_at', sql`timestamptz(3)`, (column) => column.notNull())
      .execute();
  },
};
