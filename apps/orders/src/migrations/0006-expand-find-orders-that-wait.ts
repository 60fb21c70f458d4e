import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Orders that wait for their payment are few among all: they are looked for every minute. It only adds. */
export const findOrdersThatWait: Migration = {
  async up(database) {
    await database.schema
      .createIndex('orders_paying')
      .on('orders')
      .columns(['placed_at'])
      .where(sql.ref('status'), '=', 'paying')
      .execute();
  },
};
