import { Logger } from '@nestjs/common';
import { jetstream } from '@nats-io/jetstream';
import type { JsMsg } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Declarations } from './declarations.ts';
import { ensureStreams } from './streams.ts';

const DAY_MS = 86_400_000;
const STREAM = { name: 'DEAD_LETTERS', subjects: ['dead.>'], maxAge: 30 * DAY_MS, maxBytes: 64 * 2 ** 20, duplicateWindow: 600_000 };
const TIMEOUT_MS = 2_000;

/**
 * Keeps a message that nobody can handle where people can look at it (`dead.<stream>.<durable>`), and only then takes it away from its
 * consumer. While that fails the message stays, and comes again.
 */
export async function sendToDeadLetters(
  connection: NatsConnection,
  message: JsMsg,
  { stream, durable, id, reason }: { stream: string; durable: string; id: string; reason: string },
): Promise<void> {
  try {
    await ensureStreams(connection, [STREAM], new Declarations());
    const about = headers();
    about.set('seaworthy-subject', message.subject);
    about.set('seaworthy-reason', reason);
    about.set('seaworthy-delivery', String(message.info.deliveryCount));
    about.set('seaworthy-sequence', String(message.seq));
    await jetstream(connection).publish(`dead.${stream}.${durable}`, message.data, {
      msgID: `${durable}:${id}`,
      headers: about,
      timeout: TIMEOUT_MS,
    });
    message.term(reason);
  } catch (error) {
    new Logger('messaging').error({ msg: 'dead letter could not be kept, the message stays', id, err: error });
    message.nak(TIMEOUT_MS);
  }
}
