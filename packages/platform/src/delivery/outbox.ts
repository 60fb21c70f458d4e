import { sql } from 'kysely';
import type { Kysely, Transaction } from 'kysely';
import type { EventRow } from './cloud-event.ts';

/** Where a service writes down what it has to tell, in the transaction that makes it true. */
export interface OutboxTable {
  /** with the columns of {@link EventRow}, and `published_at` */
  table: string;
  /** the column with the id of what an event tells of */
  about: string;
}

export type OutboxRow = EventRow & { about: string };

export class Outbox {
  readonly #database: Kysely<unknown>;
  readonly #where: OutboxTable;

  constructor(database: Kysely<unknown>, where: OutboxTable) {
    this.#database = database;
    this.#where = where;
  }

  /**
   * Hands over the oldest events that nobody has published, and notes those for which `publish` resolves to true. Rows are locked meanwhile
   * and skipped by other relays, so that two never send the same at the same time; who dies in between leaves them unpublished. Of each
   * thing only the first one counts: the second is not sent before the first was noted. Those whose ids are in `without` are left for another
   * time. Returns how many were noted.
   */
  async relay(limit: number, without: readonly string[], publish: (event: OutboxRow) => Promise<boolean>): Promise<number> {
    return this.#database.transaction().execute(async (transaction) => {
      const rows = await this.#unpublished(transaction, limit, without);
      const sent = await Promise.all(rows.map(async (row) => ({ id: row.id, published: await publish(row) })));
      const ids = sent.filter(({ published }) => published).map(({ id }) => id);
      if (ids.length > 0)
        await sql`update ${sql.table(this.#where.table)} set published_at = ${new Date()} where id in (${sql.join(ids)})`.execute(
          transaction,
        );
      return ids.length;
    });
  }

  async #unpublished(transaction: Transaction<unknown>, limit: number, without: readonly string[]): Promise<OutboxRow[]> {
    const [table, about] = [sql.table(this.#where.table), sql.ref(this.#where.about)];
    const { rows } = await sql<OutboxRow>`
      select event.*, event.${about} as about from ${table} as event
      where event.published_at is null and event.id <> all(${without}) and not exists (
        select 1 from ${table} as earlier
        where earlier.${about} = event.${about} and earlier.sequence < event.sequence and earlier.published_at is null
      )
      order by event.occurred_at limit ${limit} for update skip locked`.execute(transaction);
    return rows;
  }
}
