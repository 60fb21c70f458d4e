import { Logger } from '@nestjs/common';
import { jetstream } from '@nats-io/jetstream';
import type { JsMsg } from '@nats-io/jetstream';
import { headers, InvalidArgumentError } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { Declarations } from './declarations.ts';
import { ensureStreams } from './streams.ts';

const DAY_MS = 86_400_000;
const STREAM = { name: 'DEAD_LETTERS', subjects: ['dead.>'], maxAge: 30 * DAY_MS, maxBytes: 64 * 2 ** 20, duplicateWindow: 600_000 };
const TIMEOUT_MS = 2_000;
/** Characters. Who sends may choose a longer one, which would leave no room for what is said about the message. */
const MOST_ID = 1_000;
/** Bytes for all that is said about a message that is cut: its subject (the server takes lines of 2 KiB), its id, and a few words. */
const ROOM = 8 * 2 ** 10;

/**
 * Keeps a message that nobody can handle where people can look at it (`dead.<stream>.<durable>`), and only then takes it away from its
 * consumer. While that fails the message stays, and comes again. With what is said about it, a message may be larger than NATS takes (`max_payload`): then its
 * end is cut off, and `seaworthy-bytes` says how long it was. All of it is in its stream, at `seaworthy-sequence`, as long as that keeps it.
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
    const msgID = `${durable}:${id.length <= MOST_ID ? id : `${stream}:${message.seq}`}`;
    const keep = async (data: Uint8Array): Promise<unknown> =>
      jetstream(connection).publish(`dead.${stream}.${durable}`, data, { msgID, headers: about, timeout: TIMEOUT_MS });
    await keep(message.data).catch(async (error: unknown) => {
      if (!(error instanceof InvalidArgumentError) || !connection.info) throw error;
      about.set('seaworthy-bytes', String(message.data.length));
      await keep(message.data.subarray(0, Math.max(0, connection.info.max_payload - ROOM)));
    });
    message.term(reason);
  } catch (error) {
    new Logger('messaging').error({ msg: 'dead letter could not be kept, the message stays', id, err: error });
    message.nak(TIMEOUT_MS);
  }
}
