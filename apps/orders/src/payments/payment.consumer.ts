import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Kysely } from 'kysely';
import { paymentEndedSchema, SHOP_STREAMS } from '@seaworthy/contracts';
import { inTransaction } from '@seaworthy/platform/database';
import { OutboxRelay } from '@seaworthy/platform/delivery';
import { Messaging } from '@seaworthy/platform/messaging';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { endPayment } from './end-payment.ts';

/** Hears from payments how each order's payment ended. */
@Injectable()
export class PaymentConsumer implements OnApplicationBootstrap {
  readonly #database: Kysely<OrdersSchema>;
  readonly #messaging: Messaging;
  readonly #relay: OutboxRelay;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>, messaging: Messaging, relay: OutboxRelay) {
    this.#database = database;
    this.#messaging = messaging;
    this.#relay = relay;
  }

  onApplicationBootstrap(): void {
    this.#messaging.consume(
      { stream: SHOP_STREAMS.payments.name, durable: 'orders', schema: paymentEndedSchema },
      async ({ data: event }) => {
        await inTransaction(this.#database, async (transaction) => endPayment(transaction, event));
        this.#relay.nudge();
      },
    );
  }
}
