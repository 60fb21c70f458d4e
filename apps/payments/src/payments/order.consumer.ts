import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { orderPlacedSchema, SHOP_STREAMS } from '@seaworthy/contracts';
import { OutboxRelay } from '@seaworthy/platform/delivery';
import { Messaging } from '@seaworthy/platform/messaging';
import { Charger } from './charger.ts';
import { PaymentsRepository } from './payments.repository.ts';

/** Hears from orders what is to be paid. The message is done with when the payment is in the database: charging waits for no message. */
@Injectable()
export class OrderConsumer implements OnApplicationBootstrap {
  readonly #messaging: Messaging;
  readonly #payments: PaymentsRepository;
  readonly #charger: Charger;
  readonly #relay: OutboxRelay;

  constructor(messaging: Messaging, payments: PaymentsRepository, charger: Charger, relay: OutboxRelay) {
    this.#messaging = messaging;
    this.#payments = payments;
    this.#charger = charger;
    this.#relay = relay;
  }

  onApplicationBootstrap(): void {
    this.#messaging.consume(
      { stream: SHOP_STREAMS.orders.name, durable: 'payments', filter: 'orders.placed.*', schema: orderPlacedSchema },
      async ({ data: event }) => {
        await this.#payments.take(event);
        this.#charger.nudge();
        this.#relay.nudge();
      },
    );
  }
}
