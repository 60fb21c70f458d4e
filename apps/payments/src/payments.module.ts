import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { SHOP_STREAMS } from '@seaworthy/contracts';
import { DatabaseModule } from '@seaworthy/platform/database';
import { DeliveryModule, INBOX } from '@seaworthy/platform/delivery';
import { MessagingModule } from '@seaworthy/platform/messaging';
import { CardVault } from './cards/card.vault.ts';
import { CardsController } from './cards/cards.controller.ts';
import { CardsRepository } from './cards/cards.repository.ts';
import { migrations } from './migrations/migrations.ts';
import { Charger } from './payments/charger.ts';
import { OrderConsumer } from './payments/order.consumer.ts';
import { PaymentsRepository } from './payments/payments.repository.ts';
import { ProviderClient } from './provider/provider.client.ts';

/** Cards, and what is charged to them. It keeps nothing in memory that another replica would miss. */
@Module({
  imports: [
    DatabaseModule.with({ applicationName: 'payments', lockTimeout: 2_000, migrations, forget: [INBOX] }),
    // cards are taken without NATS, and what is under way goes on
    MessagingModule.with({ client: 'payments', streams: [SHOP_STREAMS.payments], readiness: 'optional' }),
    DeliveryModule.with({ source: 'payments', table: 'payment_events', about: 'order_id' }),
  ],
  controllers: [CardsController],
  providers: [CardVault, CardsRepository, PaymentsRepository, ProviderClient, OrderConsumer, Charger],
})
export class PaymentsModule {
  /** `access` says whose tokens count, and who this service is to others. */
  static with(access: DynamicModule): DynamicModule {
    return { module: PaymentsModule, imports: [access] };
  }
}
