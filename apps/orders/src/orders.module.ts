import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { EventStreams } from './events/event-streams.ts';
import { EventsController } from './events/events.controller.ts';
import { Once } from './idempotency/once.ts';
import { OrdersController } from './orders/orders.controller.ts';
import { OrdersRepository } from './orders/orders.repository.ts';
import { OrdersService } from './orders/orders.service.ts';
import { OutboxModule } from './outbox/outbox.module.ts';
import { PaymentConsumer } from './payments/payment.consumer.ts';
import { PaymentReminder } from './payments/payment.reminder.ts';

/** Orders of customers. It keeps nothing in memory that another replica would miss. */
@Module({
  imports: [OutboxModule],
  controllers: [OrdersController, EventsController],
  providers: [OrdersRepository, OrdersService, Once, EventStreams, PaymentConsumer, PaymentReminder],
})
export class OrdersModule {
  /** `access` says whose tokens count. */
  static with(access: DynamicModule): DynamicModule {
    return { module: OrdersModule, imports: [access] };
  }
}
