import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { backoff } from '@seaworthy/platform';
import { OutboxRelay, WorkLoop } from '@seaworthy/platform/delivery';
import { inTrace } from '@seaworthy/platform/messaging';
import { Lifecycle } from '@seaworthy/platform/shutdown';
import { CardsRepository } from '../cards/cards.repository.ts';
import { ProviderClient } from '../provider/provider.client.ts';
import { PaymentsRepository } from './payments.repository.ts';
import type { Outcome, Payment } from './payments.repository.ts';

/** Payments in the hands of one replica: one that the provider lets wait holds up no other. */
const AT_ONCE = 4;
/** Of each of them: together they look every half a second for what is due and nobody told them of. */
const PAUSE_MS = 500 * AT_ONCE;
/** Between two attempts at a payment that is unclear; it is never given up. */
const RETRY_MS = { first: 500, longest: 60_000 };

/**
 * Charges what is due, in every replica. A payment is leased, charged and ended; who dies in between leaves it pending, and the next one asks the provider
 * again under the same key, by which it knows what it has done.
 */
@Injectable()
export class Charger implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #payments: PaymentsRepository;
  readonly #cards: CardsRepository;
  readonly #provider: ProviderClient;
  readonly #relay: OutboxRelay;
  readonly #lifecycle: Lifecycle;
  readonly #logger = new Logger('charger');
  readonly #loops: readonly WorkLoop[];

  constructor(payments: PaymentsRepository, cards: CardsRepository, provider: ProviderClient, relay: OutboxRelay, lifecycle: Lifecycle) {
    this.#payments = payments;
    this.#cards = cards;
    this.#provider = provider;
    this.#relay = relay;
    this.#lifecycle = lifecycle;
    const words = { waiting: 'payments wait for the database', again: 'payments go on' };
    this.#loops = Array.from(
      { length: AT_ONCE },
      () => new WorkLoop({ name: 'charger', pause: PAUSE_MS, words, work: async () => ({ more: await this.#chargeOne() }) }),
    );
  }

  onApplicationBootstrap(): void {
    for (const loop of this.#loops) loop.start();
  }

  /** There is a new one. */
  nudge(): void {
    for (const loop of this.#loops) loop.nudge();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.#loops.map(async (loop) => loop.stop()));
  }

  /** Whether there was one. A replica that drains begins nothing: from the signal to its end there is time for one call, not for one more. */
  async #chargeOne(): Promise<boolean> {
    if (this.#lifecycle.draining) return false;
    const payment = await this.#payments.claim();
    if (!payment) return false;
    await inTrace(payment.trace, async () => this.#advance(payment));
    return true;
  }

  async #advance(payment: Payment): Promise<void> {
    const outcome = await this.#charge(payment);
    if (!outcome) {
      await this.#payments.postpone(payment, backoff(payment.attempts, RETRY_MS));
      return;
    }
    if (!(await this.#payments.end(payment, outcome))) return;
    this.#relay.nudge();
    this.#logger.log({ msg: 'payment ended', payment: payment.id, order: payment.order_id, ...outcome, attempts: payment.attempts });
  }

  /** Undefined when it is not known whether money was taken, or when something of ours is to be mended first: nothing is decided then. */
  async #charge(payment: Payment): Promise<Outcome | undefined> {
    try {
      const card = await this.#cards.reveal(payment.owner, payment.card_token);
      if (!card) return { status: 'declined', reason: 'unknown-card' };
      const { status, reason } = await this.#provider.charge({
        paymentId: payment.id,
        orderId: payment.order_id,
        amountCents: payment.amount_cents,
        currency: payment.currency,
        ...card,
      });
      return status === 'succeeded' ? { status: 'paid' } : { status: 'declined', reason };
    } catch (error) {
      this.#logger.warn({ msg: 'payment is unclear, asked again later', payment: payment.id, attempts: payment.attempts, err: error });
      return undefined;
    }
  }
}
