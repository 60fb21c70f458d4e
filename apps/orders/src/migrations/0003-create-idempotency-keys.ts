import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The answer that each key got. The primary key is what makes a hundred requests one: the second waits for the first. */
export const createIdempotencyKeys: Migration = {
  async up(database) {
    await database.schema
      .createTable('idempotency_keys')
      .addColumn('owner', 'varchar(64)', (column) => column.notNull())
      .addColumn('key', 'varchar(128)', (column) => column.notNull())
      .addColumn('request_hash', 'varchar(64)', (column) => column.notNull())
      // as text, so that it is the same to the last character when it is given again
      .addColumn('answer', 'json')
      .addColumn('created_at', sql`timestamptz(3)`, (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_keys_key', ['owner', 'key'])
      .execute();
    await database.schema.createIndex('idempotency_keys_by_age').on('idempotency_keys').columns(['created_at']).execute();
  },
};
