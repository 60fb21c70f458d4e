import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { Kysely } from 'kysely';
import { atDate, ProblemError, TokenVerifier } from '@seaworthy/platform';
import type { Identity } from '@seaworthy/platform';
import { Messaging } from '@seaworthy/platform/messaging';
import { toEvent } from '../outbox/order-event.ts';
import type { OrderEvent } from '../outbox/order-event.ts';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { EventStream } from './event-stream.ts';

const MOST_STREAMS = 1_000;
const MOST_STREAMS_OF_ONE = 20;
/** A closing server cuts what was written and has not left yet; last words get so long to leave. */
const LAST_WORDS_MS = 500;

/** Open streams of this replica, by order. Messages of NATS wake them; what they tell comes from the database, so any replica serves any order. */
@Injectable()
export class EventStreams implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #database: Kysely<OrdersSchema>;
  readonly #messaging: Messaging;
  readonly #tokens: TokenVerifier;
  readonly #open = new Map<EventStream, { order: string; owner: string; gone: Promise<unknown> }>();
  #draining = false;
  #stopListening: () => void = () => undefined;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>, messaging: Messaging, tokens: TokenVerifier) {
    this.#database = database;
    this.#messaging = messaging;
    this.#tokens = tokens;
  }

  onApplicationBootstrap(): void {
    this.#stopListening = this.#messaging.listen('orders.>', (subject) => {
      const order = subject.split('.').at(-1);
      for (const [stream, about] of this.#open) if (about.order === order) void stream.wake();
    });
  }

  /** Streams would hold the server open for ever: their clients go to another replica now. */
  async onModuleDestroy(): Promise<void> {
    this.#draining = true;
    this.#stopListening();
    const gone = Promise.all([...this.#open.values()].map((about) => about.gone));
    for (const stream of this.#open.keys()) stream.finish('draining');
    await Promise.race([gone, delay(LAST_WORDS_MS, undefined, { ref: false })]);
  }

  /** The caller has to make sure that the order is the caller's. The stream ends with the token that opened it, revoked or not, and with its answer. */
  open(order: string, caller: Identity, after: number, answer: ServerResponse): EventStream {
    const { name: owner, expires } = caller;
    this.#requireRoom(owner);
    const isRevoked = (): boolean => this.#tokens.isRevoked(caller);
    const stream = new EventStream({ after, read: async (last) => this.#read(order, last), isRevoked });
    const gone = new Promise<void>((resolve) => answer.once('close', resolve)).then(() => stream.destroy());
    this.#open.set(stream, { order, owner, gone });
    const forget = atDate(expires * 1000, () => stream.finish('unauthenticated'));
    stream.once('close', () => {
      forget();
      this.#open.delete(stream);
    });
    if (this.#draining) stream.finish('draining');
    else void stream.wake();
    return stream;
  }

  #requireRoom(owner: string): void {
    const own = [...this.#open.values()].filter((about) => about.owner === owner).length;
    if (own < MOST_STREAMS_OF_ONE && this.#open.size < MOST_STREAMS) return;
    throw new ProblemError({
      status: own < MOST_STREAMS_OF_ONE ? 503 : 429,
      code: own < MOST_STREAMS_OF_ONE ? 'UNAVAILABLE' : 'TOO_MANY_REQUESTS',
      detail: 'expected fewer open streams; close one, or come back later',
      headers: { 'retry-after': '5' },
    });
  }

  async #read(order: string, after: number): Promise<OrderEvent[]> {
    const rows = await this.#database
      .selectFrom('order_events')
      .selectAll()
      .where('order_id', '=', order)
      .where('sequence', '>', after)
      .orderBy('sequence')
      .execute();
    return rows.map(toEvent);
  }
}
