import { Inject, Injectable } from '@nestjs/common';
import { Kysely } from 'kysely';
import type { Selectable } from 'kysely';
import type { OrderEventsTable, OrdersSchema } from '../orders/orders.tables.ts';

type EventRow = Selectable<OrderEventsTable>;

@Injectable()
export class Outbox {
  readonly #database: Kysely<OrdersSchema>;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>) {
    this.#database = database;
  }

  /**
   * Hands over the oldest events that nobody has published, and notes those for which `publish` resolves to true. Rows are locked meanwhile
   * and skipped by other relays, so that two never send the same at the same time; who dies in between leaves them unpublished. Of each
   * order only the first one counts: the second is not sent before the first was noted. Returns how many were noted.
   */
  async relay(limit: number, publish: (event: EventRow) => Promise<boolean>): Promise<number> {
    return this.#database.transaction().execute(async (transaction) => {
      const rows = await transaction
        .selectFrom('order_events as event')
        .selectAll()
        .where('published_at', 'is', null)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom('order_events as earlier')
                .select('earlier.id')
                .whereRef('earlier.order_id', '=', 'event.order_id')
                .whereRef('earlier.sequence', '<', 'event.sequence')
                .where('earlier.published_at', 'is', null),
            ),
          ),
        )
        .orderBy('occurred_at')
        .limit(limit)
        .forUpdate()
        .skipLocked()
        .execute();
      const sent = await Promise.all(rows.map(async (row) => ({ id: row.id, published: await publish(row) })));
      const ids = sent.filter(({ published }) => published).map(({ id }) => id);
      if (ids.length > 0) await transaction.updateTable('order_events').set({ published_at: new Date() }).where('id', 'in', ids).execute();
      return ids.length;
    });
  }
}
