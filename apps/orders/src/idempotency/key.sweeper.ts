import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Kysely } from 'kysely';
import type { OrdersSchema } from '../orders/orders.tables.ts';

/** How long an answer is remembered. Told to clients: docs/reference/orders.md. */
const REMEMBERED_MS = 24 * 3_600_000;
const PAUSE_MS = 10 * 60_000;

/** Forgets old keys, in every replica: that several do it at once harms nobody. */
@Injectable()
export class KeySweeper implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #database: Kysely<OrdersSchema>;
  readonly #logger = new Logger('idempotency');
  #timer: NodeJS.Timeout | undefined;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>) {
    this.#database = database;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.sweep(), PAUSE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  async sweep(now = Date.now()): Promise<void> {
    try {
      await this.#database
        .deleteFrom('idempotency_keys')
        .where('created_at', '<', new Date(now - REMEMBERED_MS))
        .execute();
    } catch (error) {
      this.#logger.warn({ msg: 'old keys could not be removed, trying again later', err: error });
    }
  }
}
