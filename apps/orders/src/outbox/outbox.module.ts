import { Module } from '@nestjs/common';
import { DatabaseModule } from '@seaworthy/platform/database';
import { MessagingModule } from '@seaworthy/platform/messaging';
import { migrations } from '../migrations/migrations.ts';
import { ORDERS_STREAM } from './order-event.ts';
import { OutboxRelay } from './outbox.relay.ts';
import { Outbox } from './outbox.ts';

/** A transaction that waits for another one's rows gives up after this; a retry then gets 409, an order 503. */
const LOCK_TIMEOUT_MS = 2_000;

/** The database, NATS, and what goes from one to the other. */
@Module({
  imports: [
    DatabaseModule.with({ applicationName: 'orders', lockTimeout: LOCK_TIMEOUT_MS, migrations }),
    // orders are taken without NATS: what they have to tell waits in the outbox
    MessagingModule.with({ client: 'orders', streams: [ORDERS_STREAM], readiness: 'optional' }),
  ],
  providers: [Outbox, OutboxRelay],
  exports: [OutboxRelay],
})
export class OutboxModule {}
