import { Module } from '@nestjs/common';
import { SHOP_STREAMS } from '@seaworthy/contracts';
import { DatabaseModule } from '@seaworthy/platform/database';
import { DeliveryModule, INBOX } from '@seaworthy/platform/delivery';
import { MessagingModule } from '@seaworthy/platform/messaging';
import { KEPT_MS } from '../idempotency/idempotency-key.ts';
import { migrations } from '../migrations/migrations.ts';
import { SOURCE } from './order-event.ts';

/** A transaction that waits for another one's rows gives up after this; a retry then gets 409, an order 503. */
const LOCK_TIMEOUT_MS = 2_000;

const KEYS = { table: 'idempotency_keys', since: 'created_at', keep: KEPT_MS };

/** The database, NATS, and what goes from one to the other. */
@Module({
  imports: [
    DatabaseModule.with({ applicationName: 'orders', lockTimeout: LOCK_TIMEOUT_MS, migrations, forget: [KEYS, INBOX] }),
    // orders are taken without NATS: what they have to tell waits in the outbox
    MessagingModule.with({ client: 'orders', streams: [SHOP_STREAMS.orders], readiness: 'optional' }),
    DeliveryModule.with({ source: SOURCE, table: 'order_events', about: 'order_id' }),
  ],
  exports: [DeliveryModule],
})
export class OutboxModule {}
