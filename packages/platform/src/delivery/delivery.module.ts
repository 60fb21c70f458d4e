import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Kysely } from 'kysely';
import { Messaging } from '../messaging/messaging.ts';
import { Outbox } from './outbox.ts';
import type { OutboxTable } from './outbox.ts';
import { OutboxRelay } from './outbox.relay.ts';

export interface DeliveryOptions extends OutboxTable {
  /** the service: the first part of its subjects */
  source: string;
}

/** From the database to NATS: inject {@link OutboxRelay} to nudge it. Needs the database's module and the messages'. */
@Module({})
export class DeliveryModule {
  static with({ source, ...where }: DeliveryOptions): DynamicModule {
    return {
      module: DeliveryModule,
      providers: [
        {
          provide: OutboxRelay,
          inject: [Kysely, Messaging],
          useFactory: (database: Kysely<unknown>, messaging: Messaging) => new OutboxRelay(new Outbox(database, where), messaging, source),
        },
      ],
      exports: [OutboxRelay],
    };
  }
}
