import type { Migration } from 'kysely/migration';

/** Messages that are remembered are forgotten by their age (`INBOX`). It only adds. */
export const findOldMessages: Migration = {
  async up(database) {
    await database.schema.createIndex('inbox_by_age').on('inbox').columns(['received_at']).execute();
  },
};
