import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Kysely, sql } from 'kysely';
import type { Selectable, Transaction } from 'kysely';
import type { OrderPlaced } from '@seaworthy/contracts';
import { inTransaction } from '@seaworthy/platform/database';
import { firstTime } from '@seaworthy/platform/delivery';
import { currentTrace, PoisonError } from '@seaworthy/platform/messaging';
import { CardsRepository } from '../cards/cards.repository.ts';
import type { PaymentsSchema, PaymentsTable } from './payments.tables.ts';

export type Payment = Selectable<PaymentsTable>;

/** How a payment ends. */
export interface Outcome {
  status: 'paid' | 'declined';
  reason?: string | undefined;
}

/** Longer than one replica is at it (provider.client.ts): who has not ended it by then has died, or was frozen, and comes too late. */
const LEASE_MS = 20_000;

/** Payments in PostgreSQL, each of which goes one way: pending, then paid or declined, once. */
@Injectable()
export class PaymentsRepository {
  readonly #database: Kysely<PaymentsSchema>;
  readonly #cards: CardsRepository;

  constructor(@Inject(Kysely) database: Kysely<PaymentsSchema>, cards: CardsRepository) {
    this.#database = database;
    this.#cards = cards;
  }

  /**
   * Takes an order's payment upon itself, once: note of the message and payment are one transaction. With a card that is not the customer's it ends at once.
   * A message that comes again is a question: how it ended is told once more.
   * @throws {PoisonError} when the order has a payment of another message
   */
  async take({ id, data }: OrderPlaced): Promise<void> {
    const { cardToken, orderId, owner, totalCents, currency } = data;
    if (cardToken === undefined) return; // not to be paid here
    await inTransaction(this.#database, async (transaction) => {
      if (!(await firstTime(transaction, id))) return tellAgain(transaction, orderId);
      const payment = { id: randomUUID(), order_id: orderId, owner, card_token: cardToken, amount_cents: totalCents, currency };
      const added = await transaction
        .insertInto('payments')
        .values({
          ...payment,
          status: 'pending',
          reason: null,
          trace: JSON.stringify(currentTrace()),
          due_at: new Date(),
          created_at: new Date(),
        })
        .onConflict((conflict) => conflict.column('order_id').doNothing())
        .returningAll()
        .executeTakeFirst();
      if (!added) throw new PoisonError(`expected one message about the payment of order ${orderId}, found another one`);
      if (!(await this.#cards.exists(transaction, owner, cardToken)))
        await end(transaction, added, { status: 'declined', reason: 'unknown-card' });
    });
  }

  /** One payment that is due, for the caller alone until its lease ends. Undefined when there is none. */
  async claim(): Promise<Payment | undefined> {
    return this.#database
      .updateTable('payments')
      .set({ attempts: sql`attempts + 1`, due_at: sql`now() + ${LEASE_MS} * interval '1 ms'` })
      .where('id', '=', (query) =>
        // a single value, which is looked for once: a set ("in") might be anew for each row, and several be leased
        query
          .selectFrom('payments')
          .select('id')
          .where('status', '=', 'pending')
          .where('due_at', '<=', sql<Date>`now()`)
          .orderBy('due_at')
          .limit(1)
          .forUpdate()
          .skipLocked(),
      )
      .returningAll()
      .executeTakeFirst();
  }

  /**
   * Notes how it ended and what is to be told, in one transaction. Once it has ended, nothing changes it. False, and nothing is noted, for who has lost
   * its lease: whoever has it now asks under the same key and is told the same.
   */
  async end(payment: Payment, outcome: Outcome): Promise<boolean> {
    return inTransaction(this.#database, async (transaction) => end(transaction, payment, outcome));
  }

  /** Not ended: the next one may try in so many ms, unless it does already. */
  async postpone({ id, attempts }: Payment, ms: number): Promise<void> {
    await this.#database
      .updateTable('payments')
      .set({ due_at: sql`now() + ${ms} * interval '1 ms'` })
      .where('id', '=', id)
      .where('status', '=', 'pending')
      .where('attempts', '=', attempts)
      .execute();
  }
}

async function end(
  transaction: Transaction<PaymentsSchema>,
  { id, order_id, attempts }: Payment,
  { status, reason }: Outcome,
): Promise<boolean> {
  const ended = await transaction
    .updateTable('payments')
    .set({ status, reason: reason ?? null })
    .where('id', '=', id)
    .where('status', '=', 'pending')
    // one more with each lease: who has the latest one decides
    .where('attempts', '=', attempts)
    .returning('id')
    .executeTakeFirst();
  if (!ended) return false;
  await transaction
    .insertInto('payment_events')
    .values({
      id: randomUUID(),
      order_id,
      sequence: 1,
      type: `payment.${status}`,
      // neither card nor reason: what an order has to know, and no more
      data: JSON.stringify({ orderId: order_id, paymentId: id, outcome: status }),
      trace: JSON.stringify(currentTrace()),
      occurred_at: new Date(),
    })
    .execute();
  return true;
}

/** What was told may have left its stream before orders read it. Nothing to do for a payment that has not ended, or whose end is still to be told. */
async function tellAgain(transaction: Transaction<PaymentsSchema>, orderId: string): Promise<void> {
  await transaction
    .updateTable('payment_events')
    .set({ published_at: null })
    .where('order_id', '=', orderId)
    .where('published_at', 'is not', null)
    .execute();
}
