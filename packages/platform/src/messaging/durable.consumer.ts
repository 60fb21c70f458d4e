import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { Attributes } from '@opentelemetry/api';
import { jetstream } from '@nats-io/jetstream';
import type { ConsumerMessages, JsMsg } from '@nats-io/jetstream';
import { nanos } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import type { z } from 'zod';
import type { HealthRegistry } from '../health/health-registry.ts';
import { backoff } from '../resilience/backoff.ts';
import { Duration } from '../telemetry/duration.ts';
import { sendToDeadLetters } from './dead-letters.ts';
import { isRefusal } from './declarations.ts';
import type { Declarations } from './declarations.ts';
import { contextFrom, inSpan } from './message-trace.ts';
import { PoisonError } from './messaging.error.ts';
import type { NatsLink } from './nats.link.ts';
import { RedeliveryPolicy } from './redelivery.policy.ts';
import { hasCode, manage } from './streams.ts';

export interface DurableOptions<T> {
  stream: string;
  /** its place in the stream is kept on the server under this name; replicas that share it share the messages */
  durable: string;
  /** only these subjects */
  filter?: string;
  /** what is not of this shape is poison: it is never handed to the handler */
  schema: z.ZodType<T>;
  /** in hand at once in each replica; a few more wait in it */
  concurrency?: number;
  /** ms without a sign of life after which the server gives a message to another replica; one that is in hand for longer gives them */
  ackWait?: number;
  /**
   * failures of its own, in one replica, before a message counts as poison; that the database is away or not migrated yet is none, and it comes again. One
   * whose statement is over its time comes 30 times
   */
  mostDeliveries?: number;
}

export interface Received<T> {
  data: T;
  subject: string;
  /** the sender's message id: the key of an inbox that makes "at least once" into "once" */
  id: string;
  /** 1 the first time */
  delivery: number;
}

/** Resolves: done, never again. Throws: again, a little later. Throws PoisonError: never again, to the dead letters. */
export type Handler<T> = (message: Received<T>) => Promise<void>;

export interface ConsumerSurroundings {
  link: NatsLink;
  declarations: Declarations;
  /** knows whether the database still waits for a migration */
  health: HealthRegistry | undefined;
}

/** JetStream's own code: it is there with other settings */
const CONSUMER_DIFFERS = 10_148;
const DEFAULTS = { concurrency: 8, ackWait: 10_000, mostDeliveries: 5 };
/**
 * JetStream counts them for all replicas together. More than all of them have in hand, or one that is frozen would keep the others from theirs; not without
 * bound, since those that come again later are counted as well.
 */
const MOST_UNACKNOWLEDGED = 256;

/** A durable pull consumer. A message that nobody understands costs nobody else their turn: it ends among the dead letters. */
export class DurableConsumer {
  readonly #link: NatsLink;
  readonly #declarations: Declarations;
  readonly #name: string;
  readonly #options: DurableOptions<unknown> & typeof DEFAULTS;
  readonly #handler: Handler<unknown>;
  readonly #logger = new Logger('messaging');
  readonly #inHand = new Set<Promise<void>>();
  readonly #policy: RedeliveryPolicy;
  readonly #duration = new Duration({
    scope: 'seaworthy.messaging',
    name: 'messaging.process.duration',
    description: 'Duration of processing operation.',
  });
  /** of each message alike */
  readonly #attributes: Attributes;
  #messages: ConsumerMessages | undefined;
  #forget: () => void = () => undefined;
  #stopped = false;

  constructor({ link, declarations, health }: ConsumerSurroundings, options: DurableOptions<unknown>, handler: Handler<unknown>) {
    this.#link = link;
    this.#declarations = declarations;
    this.#name = `consumer ${options.stream}/${options.durable}`;
    this.#options = { ...DEFAULTS, ...options };
    this.#handler = handler;
    this.#policy = new RedeliveryPolicy({ mostDeliveries: this.#options.mostDeliveries, health });
    this.#attributes = {
      'messaging.system': 'nats',
      'messaging.operation.name': 'process',
      'messaging.destination.name': options.stream,
      'messaging.consumer.group.name': options.durable,
    };
  }

  start(): void {
    this.#declarations.expect(this.#name);
    this.#forget = this.#link.onConnection((connection) => void this.#run(connection));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#forget();
    this.#messages?.stop();
    await Promise.all(this.#inHand);
  }

  /** As long as the connection stands; whatever else goes wrong is begun anew. */
  async #run(connection: NatsConnection): Promise<void> {
    for (let attempt = 1; !this.#stopped && !connection.isClosed(); attempt += 1) {
      try {
        await this.#consume(connection);
        attempt = 0;
      } catch (error) {
        if (!connection.isClosed()) this.#logger.warn({ msg: 'consumer interrupted', durable: this.#options.durable, err: error });
      }
      await delay(backoff(attempt, { first: 200, longest: 5_000 }), undefined, { ref: false });
    }
  }

  async #consume(connection: NatsConnection): Promise<void> {
    const { stream, durable, concurrency } = this.#options;
    await this.#declare(connection);
    const consumer = await jetstream(connection).consumers.get(stream, durable);
    this.#messages = await consumer.consume({ max_messages: concurrency, abort_on_missing_resource: true });
    for await (const message of this.#messages) {
      if (this.#stopped) return; // not acknowledged: another replica gets it
      const work = this.#handle(connection, message).finally(() => this.#inHand.delete(work));
      this.#inHand.add(work);
      if (this.#inHand.size >= concurrency) await Promise.race(this.#inHand);
    }
  }

  async #declare(connection: NatsConnection): Promise<void> {
    try {
      await this.#addOrChange(connection);
      this.#declarations.taken(this.#name);
    } catch (error) {
      if (isRefusal(error)) this.#declarations.refused(this.#name, error);
      else this.#declarations.away(this.#name);
      throw error;
    }
  }

  /** Its place in the stream stays, whatever else changes. */
  async #addOrChange(connection: NatsConnection): Promise<void> {
    const { stream, durable, filter, ackWait } = this.#options;
    const { consumers } = await manage(connection);
    const pace = { ack_wait: nanos(ackWait), max_ack_pending: MOST_UNACKNOWLEDGED };
    const settings = { ...pace, ...(filter !== undefined && { filter_subject: filter }) };
    try {
      await consumers.add(stream, { durable_name: durable, ack_policy: 'explicit', ...settings });
    } catch (error) {
      if (!hasCode(error, CONSUMER_DIFFERS)) throw error;
      if (this.#declarations.wasTaken(this.#name)) return;
      // without a filter, an update that takes one away is accepted, and then nothing comes (NATS 2.10)
      await consumers.update(stream, durable, { filter_subject: '>', ...settings });
    }
  }

  async #handle(connection: NatsConnection, message: JsMsg): Promise<void> {
    const { ackWait, durable, stream } = this.#options;
    const id = message.headers?.get('Nats-Msg-Id') || `${stream}:${message.seq}`;
    const alive = setInterval(() => message.working(), ackWait / 2);
    try {
      const parent = contextFrom(message.headers);
      await inSpan({ operation: 'process', subject: message.subject, id, group: durable, parent }, async () => {
        await this.#duration.of(this.#attributes, async () =>
          this.#handler({ data: this.#read(message), subject: message.subject, id, delivery: message.info.deliveryCount }),
        );
      });
      message.ack();
      this.#policy.forget(message);
    } catch (error) {
      const delivery = message.info.deliveryCount;
      if (!(await this.#policy.isPoison(message, error))) {
        this.#logger.warn({ msg: 'message failed, once more later', durable, id, delivery, err: error });
        message.nak(this.#policy.pause(message));
        return;
      }
      this.#logger.error({ msg: 'message is poison', durable, id, delivery, err: error });
      await sendToDeadLetters(connection, message, { stream, durable, id, reason: error instanceof Error ? error.name : 'unknown' });
    } finally {
      clearInterval(alive);
    }
  }

  #read(message: JsMsg): unknown {
    let value: unknown;
    try {
      value = message.json();
    } catch (cause) {
      throw new PoisonError('expected JSON, found something else', { cause });
    }
    const result = this.#options.schema.safeParse(value);
    if (result.success) return result.data;
    throw new PoisonError(
      `expected a message of the known shape, found another: ${result.error.issues.map(({ path }) => path.join('.')).join(', ')}`,
    );
  }
}
