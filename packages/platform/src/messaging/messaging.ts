import { context } from '@opentelemetry/api';
import { jetstream } from '@nats-io/jetstream';
import { InvalidArgumentError, InvalidSubjectError, RequestError } from '@nats-io/transport-node';
import type { IPolicy } from 'cockatiel';
import { Duration } from '../telemetry/duration.ts';
import { isRefusal } from './declarations.ts';
import { DurableConsumer } from './durable.consumer.ts';
import type { ConsumerSurroundings, DurableOptions, Handler } from './durable.consumer.ts';
import { contextOf, inSpan, traceHeaders } from './message-trace.ts';
import type { TraceCarrier } from './message-trace.ts';
import { MessagingError } from './messaging.error.ts';
import type { NatsLink } from './nats.link.ts';
import { asMessagingError, publishPolicy } from './publish.policy.ts';

const PUBLISH_TIMEOUT_MS = 2_000;
/** Characters. The line that begins with it has 4 KiB. */
const MOST_SUBJECT = 1_000;
/** Without the subject, which may hold ids: a metric has few values. */
const SENT = { 'messaging.system': 'nats', 'messaging.operation.name': 'send' };

export interface Publication {
  /** `orders.placed.<order>`: its first two parts name a span, so what has many values comes after them */
  subject: string;
  /** the same id within the stream's window of duplicates is the same message: it is kept once, however often it is sent */
  id: string;
  /** becomes JSON */
  data: unknown;
  /** the trace in which the message came to be, when it is sent later than that */
  trace?: TraceCarrier;
}

export interface Published {
  /** its place in the stream */
  sequence: number;
  /** it was there already */
  duplicate: boolean;
}

/** Messages by NATS JetStream. Nothing waits for ever; what could not be handed over is told to the caller, who keeps it. */
export class Messaging {
  readonly #link: NatsLink;
  readonly #surroundings: ConsumerSurroundings;
  readonly #policy: IPolicy = publishPolicy();
  readonly #consumers = new Set<DurableConsumer>();
  readonly #duration = new Duration({
    scope: 'seaworthy.messaging',
    name: 'messaging.client.operation.duration',
    description: 'Duration of messaging operation initiated by a producer or consumer client.',
  });

  constructor(surroundings: ConsumerSurroundings) {
    this.#link = surroundings.link;
    this.#surroundings = surroundings;
  }

  /** Resolves when the message is on the server's disk. @throws {MessagingError} `MESSAGING_REFUSED`: sent again, it is refused again */
  async publish({ subject, id, data, trace }: Publication): Promise<Published> {
    const payload = JSON.stringify(data);
    return inSpan({ operation: 'send', subject, id, parent: trace ? contextOf(trace) : context.active() }, async () => {
      try {
        return await this.#duration.of(SENT, async () => this.#policy.execute(async () => this.#send(subject, id, payload)));
      } catch (error) {
        throw asMessagingError(error);
      }
    });
  }

  /** A hint that something happened, to whoever listens now; it may be lost, so truth has to be elsewhere. Returns how to stop. */
  listen(subject: string, handler: (subject: string) => void): () => void {
    let stop = (): void => undefined;
    const forget = this.#link.onConnection((connection) => {
      const callback = (error: Error | null, message: { subject: string }): void => {
        if (error === null) handler(message.subject);
      };
      const subscription = connection.subscribe(subject, { callback });
      stop = () => subscription.unsubscribe();
    });
    return () => {
      forget();
      stop();
    };
  }

  /** Each message at least once, to one of the replicas that share the durable's name. */
  consume<T>(options: DurableOptions<T>, handler: Handler<T>): void {
    const consumer = new DurableConsumer(this.#surroundings, options, handler as Handler<unknown>);
    this.#consumers.add(consumer);
    consumer.start();
  }

  /** No new messages; those in hand are finished. */
  async stopConsuming(): Promise<void> {
    await Promise.all([...this.#consumers].map(async (consumer) => consumer.stop()));
    this.#consumers.clear();
  }

  async #send(subject: string, id: string, payload: string): Promise<Published> {
    try {
      if (!isSubject(subject)) throw new InvalidSubjectError(subject);
      const client = jetstream(this.#link.connection);
      const { seq, duplicate } = await client.publish(subject, payload, {
        msgID: id,
        headers: traceHeaders(),
        timeout: PUBLISH_TIMEOUT_MS,
        retries: 0,
      });
      return { sequence: seq, duplicate };
    } catch (error) {
      if (isOfNoStream(error)) {
        throw new MessagingError({
          code: 'MESSAGING_NO_STREAM',
          message: `expected a stream that takes ${subject}, found none; make one, or send under a subject that one has`,
          cause: error,
        });
      }
      if (!isRefusal(error) && !isFaulty(error)) throw error;
      throw new MessagingError({
        code: 'MESSAGING_REFUSED',
        message: `expected the stream to take ${subject.slice(0, MOST_SUBJECT)}, found a refusal`,
        cause: error,
      });
    }
  }
}

/** Parts without white space or wildcards, joined by dots. A longer one than the server reads costs the connection. */
function isSubject(subject: string): boolean {
  return subject.length <= MOST_SUBJECT && subject.split('.').every((part) => /^[^\s\p{Cc}]+$/u.test(part) && part !== '*' && part !== '>');
}

/** The client has not even sent it: it is larger than the server takes (`max_payload`), or its subject or id is none. */
function isFaulty(error: unknown): boolean {
  return error instanceof InvalidArgumentError || error instanceof InvalidSubjectError;
}

/** The server answers at once that nobody hears the subject (503), which a stream would. */
function isOfNoStream(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof RequestError && cause.isNoResponders();
}
