import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { ConsumerConfig } from '@nats-io/jetstream';
import { createUser } from '@nats-io/nkeys';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { MOUNTS } from '@seaworthy/contracts';
import { ownImage } from '../engine/own-image.ts';
import { OwnContainer } from '../engine/own.container.ts';

export interface StoredMessage {
  subject: string;
  /** the sender's message id */
  id: string | undefined;
  data: unknown;
  headers: Record<string, string>;
}

export interface StartedNats {
  store: OwnContainer;
  host: string;
  port: number;
  /** seed of the service's nkey */
  key: string;
  /** all that a stream holds, in its order */
  messages(stream: string): Promise<StoredMessage[]>;
  /** puts a message into a stream, whatever it is; with an id, JetStream keeps it once */
  send(subject: string, text: string, id?: string): Promise<void>;
  /** makes a stream of another service, which is not there */
  ensureStream(name: string, subject: string): Promise<void>;
  /** makes a consumer, as another version of a service would */
  ensureConsumer(stream: string, settings: Partial<ConsumerConfig>): Promise<void>;
  stop(): Promise<void>;
}

/** The project's own NATS with JetStream. `accounts` makes its list of users of the test's public key; one who may do anything unless told. */
export async function startNats({
  network,
  accounts = anything,
}: { network?: string; accounts?: (publicKey: string, seed: string) => string } = {}): Promise<StartedNats> {
  const user = createUser();
  const key = new TextDecoder().decode(user.getSeed());
  const store = await OwnContainer.start({
    image: await ownImage('nats'),
    port: 4222,
    ready: /Server is ready/,
    files: { [`${MOUNTS.secrets}/users.conf`]: accounts(user.getPublicKey(), key) },
    ...(network && { network, alias: 'nats' }),
  });
  const open = async (): Promise<NatsConnection> =>
    connect({
      servers: `127.0.0.1:${store.port}`,
      authenticator: nkeyAuthenticator(user.getSeed()),
      inboxPrefix: '_INBOX.orders',
      // NATS gives a client two seconds to say who it is, which may be too few on a machine that is busy: it comes again
      waitOnFirstConnect: true,
      ignoreAuthErrorAbort: true,
      reconnectTimeWait: 100,
    });
  // the test's own, as long as the server is there
  let own: NatsConnection | undefined;
  const on = async <T>(work: (connection: NatsConnection) => Promise<T>): Promise<T> => {
    if (own === undefined || own.isClosed()) own = await open();
    return work(own);
  };
  return {
    store,
    host: '127.0.0.1',
    port: store.port,
    key,
    messages: async (stream) => on(async (connection) => readStream(connection, stream)),
    send: async (subject, text, id) =>
      on(async (connection) => void (await jetstream(connection).publish(subject, text, id === undefined ? {} : { msgID: id }))),
    ensureStream: async (name, subject) =>
      on(async (connection) => {
        const { streams } = await jetstreamManager(connection, { checkAPI: false });
        await streams.add({ name, subjects: [subject] });
      }),
    ensureConsumer: async (stream, settings) =>
      on(async (connection) => {
        const { consumers } = await jetstreamManager(connection, { checkAPI: false });
        await consumers.add(stream, { ack_policy: 'explicit', ...settings });
      }),
    stop: async () => {
      await own?.close();
      await store.stop();
    },
  };
}

function anything(publicKey: string): string {
  return `accounts { TEST: { jetstream: enabled, users: [ { nkey: ${publicKey} } ] } }\n`;
}

async function readStream(connection: NatsConnection, stream: string): Promise<StoredMessage[]> {
  const { streams } = await jetstreamManager(connection, { checkAPI: false });
  const { state } = await streams.info(stream);
  const found: StoredMessage[] = [];
  if (state.messages === 0) return found;
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await streams.getMessage(stream, { seq });
    if (!message) continue;
    const headers = Object.fromEntries(message.header.keys().map((name) => [name.toLowerCase(), message.header.get(name)]));
    found.push({ subject: message.subject, id: headers['nats-msg-id'], data: parse(message.string()), headers });
  }
  return found;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
