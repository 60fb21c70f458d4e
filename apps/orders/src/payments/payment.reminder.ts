import { Inject, Injectable } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Kysely, sql } from 'kysely';
import { OutboxRelay, WorkLoop } from '@seaworthy/platform/delivery';
import type { OrdersSchema } from '../orders/orders.tables.ts';

/** Longer than JetStream knows a message again (`duplicateWindow` of ORDERS, 10 minutes): what comes earlier, it drops. */
const PATIENCE_MS = 15 * 60_000;
/** Shorter than payments remembers messages (`INBOX`, 40 days): to who has forgotten the first one, the second would be another one. */
const LONGEST_MS = 30 * 86_400_000;
/** Slow, and few at once: a provider that is away for days must not fill the stream with what payments knows. */
const PAUSE_MS = 60_000;
const MOST = 100;

/**
 * Tells payments once more of orders that wait for it for long. What they said, or what payments answered, may have left its stream, by age or by size,
 * before it was read: the order would be `paying` for ever. Payments knows the message by its id, charges once, and answers again.
 */
@Injectable()
export class PaymentReminder implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #database: Kysely<OrdersSchema>;
  readonly #relay: OutboxRelay;
  readonly #loop: WorkLoop;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>, relay: OutboxRelay) {
    this.#database = database;
    this.#relay = relay;
    const words = { waiting: 'payments is not reminded of orders', again: 'payments is reminded of orders again' };
    this.#loop = new WorkLoop({ name: 'payments', pause: PAUSE_MS, words, work: async () => this.#round() });
  }

  onApplicationBootstrap(): void {
    this.#loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
  }

  /** Returns how many orders are told of again. */
  async remind(now = Date.now()): Promise<number> {
    const [oldest, latest] = [new Date(now - LONGEST_MS), new Date(now - PATIENCE_MS)];
    const { numUpdatedRows } = await this.#database
      .updateTable('order_events')
      .set({ published_at: null })
      .where('id', '=', (is) => {
        const due = is
          .selectFrom('orders')
          // the first event of an order is that it was placed
          .innerJoin('order_events as placed', (join) => join.onRef('placed.order_id', '=', 'orders.id').on('placed.sequence', '=', 1))
          .select('placed.id')
          .where('orders.status', '=', 'paying')
          .where((when) => when.between('orders.placed_at', oldest, latest))
          .where('placed.published_at', '<', latest)
          .orderBy('orders.placed_at')
          .limit(MOST)
          .forUpdate('placed')
          .skipLocked();
        // an array is made once: as a set ("in") the query might run anew for each row, and take more than it may
        return is.fn.any(sql<string[]>`array${due}`);
      })
      .executeTakeFirst();
    return Number(numUpdatedRows);
  }

  async #round(): Promise<{ more: boolean }> {
    if ((await this.remind()) > 0) this.#relay.nudge();
    return { more: false };
  }
}
