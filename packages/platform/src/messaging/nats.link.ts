import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { connect, nkeyAuthenticator } from '@nats-io/transport-node';
import type { NatsConnection } from '@nats-io/transport-node';
import { backoff } from '../resilience/backoff.ts';
import type { MessagingConfig } from './messaging.config.ts';
import { MessagingError } from './messaging.error.ts';

const CONNECT_TIMEOUT_MS = 2_000;
/** A server that answers no ping for twice as long is away, though its connection stands. */
const PING_INTERVAL_MS = 3_000;
const FIRST_RETRY_MS = 100;
const LONGEST_RETRY_MS = 5_000;
const GOODBYE_MS = 1_000;

export interface LinkOptions {
  config: MessagingConfig;
  /** the service's name: what the server shows, and the prefix of its inboxes */
  client: string;
  /** what has to be there before anything is sent over a new connection */
  prepare: (connection: NatsConnection) => Promise<void>;
  /** called whenever no connection could be made */
  away: () => void;
}

/**
 * A connection that is made again whenever it ends, for ever. The client's own reconnection is off: it would keep requests waiting in a
 * buffer, while this one lets them fail at once, so that who sends knows.
 */
export class NatsLink {
  readonly #options: LinkOptions;
  readonly #logger = new Logger('messaging');
  readonly #ending = new AbortController();
  readonly #listeners = new Set<(connection: NatsConnection) => void>();
  #connection: NatsConnection | undefined;
  #ended: Promise<void> = Promise.resolve();

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  start(): void {
    this.#ended = this.#keep();
  }

  /** @throws {MessagingError} MESSAGING_AWAY */
  get connection(): NatsConnection {
    if (this.#connection) return this.#connection;
    throw new MessagingError({ code: 'MESSAGING_AWAY', message: 'expected a connection to NATS, found none; it is made anew by itself' });
  }

  /** Calls back with each new connection, and with the one that is there. Returns how to stop that. */
  onConnection(listener: (connection: NatsConnection) => void): () => void {
    this.#listeners.add(listener);
    if (this.#connection) listener(this.#connection);
    return () => this.#listeners.delete(listener);
  }

  async end(): Promise<void> {
    this.#ending.abort();
    const goodbye = this.#connection?.drain().catch(() => undefined);
    await Promise.race([goodbye, delay(GOODBYE_MS, undefined, { ref: false })]);
    await this.#connection?.close();
    await this.#ended;
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ending;
    for (let failures = 1; !signal.aborted; failures += 1) {
      try {
        const reason = await this.#once(() => (failures = 0));
        if (!signal.aborted)
          this.#logger.warn({ msg: 'connection to NATS lost', reason: reason instanceof Error ? reason.message : 'closed' });
      } catch (error) {
        this.#options.away();
        if (failures <= 1) this.#logger.warn({ msg: 'no connection to NATS, trying on', err: error });
      }
      const wait = backoff(failures, { first: FIRST_RETRY_MS, longest: LONGEST_RETRY_MS });
      await delay(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** One connection from its beginning to its end. Returns why it ended. */
  async #once(connected: () => void): Promise<void | Error> {
    const { config, client, prepare } = this.#options;
    const connection = await connect({
      servers: `${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}`, // brackets: RFC 3986, section 3.2.2
      name: client,
      inboxPrefix: `_INBOX.${client}`,
      authenticator: nkeyAuthenticator(new TextEncoder().encode(config.key)),
      timeout: CONNECT_TIMEOUT_MS,
      pingInterval: PING_INTERVAL_MS,
      maxPingOut: 2,
      reconnect: false,
    });
    try {
      await prepare(connection);
      if (this.#ending.signal.aborted) return undefined;
      connected();
      this.#connection = connection;
      this.#logger.log({ msg: 'connected to NATS' });
      for (const listener of this.#listeners) listener(connection);
      return await connection.closed();
    } finally {
      this.#connection = undefined;
      await connection.close();
    }
  }
}
