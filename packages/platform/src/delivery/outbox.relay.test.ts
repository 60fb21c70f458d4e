import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresPool } from 'kysely';
import { MessagingError } from '../messaging/messaging.error.ts';
import type { Messaging, Publication } from '../messaging/messaging.ts';
import { Outbox } from './outbox.ts';
import type { OutboxRow } from './outbox.ts';
import { OutboxRelay } from './outbox.relay.ts';

/** Sent together. */
const BATCH = 64;
/** After it, one that was refused once has had its second turn. */
const SECOND_TURN_MS = 12_000;

/** A database with a table of events, oldest first, that understands the outbox's statements and no others. */
function databaseWith(events: OutboxRow[]): Kysely<unknown> {
  const published = new Set<unknown>();
  const query = async (text: string, parameters: readonly unknown[]) => {
    await turn(); // as a database does
    if (text.startsWith('update')) for (const id of parameters.slice(1)) published.add(id);
    if (!text.includes('select event')) return { command: 'UPDATE', rowCount: 0, rows: [] };
    expect(text).toContain('event.id <> all($1)');
    const [without, limit] = parameters as [string[], number];
    const waiting = events.filter(({ id }) => !published.has(id));
    const first = waiting.filter(({ about }, index) => waiting.findIndex((other) => other.about === about) === index);
    return { command: 'SELECT', rowCount: 0, rows: first.filter(({ id }) => !without.includes(id)).slice(0, limit) };
  };
  const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined, options: {} };
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
}

describe('OutboxRelay', () => {
  const events: OutboxRow[] = [];
  const add = (id: string, about = id) =>
    events.push({ id, about, type: 'boat.seen', sequence: 1, data: {}, trace: {}, occurred_at: new Date(0) });
  const ids = (publish: jest.Mock<Messaging['publish']>) => publish.mock.calls.map(([{ id }]) => id);
  let error: jest.SpiedFunction<Logger['error']>;
  let relay: OutboxRelay | undefined;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    for (const level of ['log', 'warn'] as const) jest.spyOn(Logger.prototype, level).mockImplementation(() => undefined);
    error = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    events.length = 0;
  });
  afterEach(async () => {
    const stopped = relay?.beforeApplicationShutdown();
    await jest.runAllTimersAsync();
    await stopped;
    jest.useRealTimers();
    jest.restoreAllMocks();
  });

  /** A relay whose NATS refuses what is `bad`. */
  async function relayed(code: MessagingError['code'], isBad: (id: string) => boolean) {
    const publish = jest.fn<Messaging['publish']>(async ({ id }: Publication) => {
      if (isBad(id)) throw new MessagingError({ code, message: 'no' });
      return { sequence: 1, duplicate: false };
    });
    relay = new OutboxRelay(
      new Outbox(databaseWith(events), { table: 'boat_events', about: 'boat' }),
      { publish } as unknown as Messaging,
      'harbour',
    );
    relay.onApplicationBootstrap();
    await rounds();
    return publish;
  }

  /** Until nothing more happens at once. */
  async function rounds(): Promise<void> {
    for (let count = 0; count < 100; count += 1) await turn();
  }

  /** In small steps: what the database answers in between sets further timers. */
  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 500) {
      await jest.advanceTimersByTimeAsync(500);
      await rounds();
    }
  }

  describe('when NATS refuses more events than are sent together', () => {
    it('publishes the others, names each that is refused, and tries these again later', async () => {
      for (let count = 0; count < BATCH; count += 1) add(`bad ${count}`);
      add('good');
      const publish = await relayed('MESSAGING_REFUSED', (id) => id.startsWith('bad'));
      expect(ids(publish)).toHaveLength(BATCH + 1);
      expect(ids(publish)).toContain('good');
      expect(error).toHaveBeenCalledTimes(BATCH);
      expect(error).toHaveBeenCalledWith(expect.objectContaining({ id: 'bad 0', type: 'boat.seen', about: 'bad 0', times: 1 }));
      await pass(SECOND_TURN_MS);
      expect(error).toHaveBeenCalledTimes(2 * BATCH);
      expect(error).toHaveBeenLastCalledWith(expect.objectContaining({ times: 2 }));
    });

    it('keeps later events about the same thing behind it', async () => {
      add('first', 'gorch');
      add('second', 'gorch');
      add('other', 'fock');
      const refused = new Set(['first']);
      const publish = await relayed('MESSAGING_REFUSED', (id) => refused.has(id));
      expect(ids(publish)).toEqual(['first', 'other']);
      refused.clear();
      await pass(SECOND_TURN_MS);
      expect(ids(publish)).toEqual(['first', 'other', 'first', 'second']);
    });
  });

  describe('when no stream takes an event', () => {
    it('names it, publishes the others, and tries it again later, when there may be one', async () => {
      add('unheard');
      add('good');
      let isMissing = true;
      const publish = await relayed('MESSAGING_NO_STREAM', (id) => isMissing && id === 'unheard');
      expect(ids(publish)).toEqual(['unheard', 'good']);
      const named = { id: 'unheard', err: expect.objectContaining({ code: 'MESSAGING_NO_STREAM' }) };
      expect(error).toHaveBeenCalledWith(expect.objectContaining(named));
      isMissing = false;
      await pass(SECOND_TURN_MS);
      expect(ids(publish)).toEqual(['unheard', 'good', 'unheard']);
    });
  });

  describe('when NATS is away', () => {
    it('sets nothing aside', async () => {
      add('first');
      let away = true;
      const publish = await relayed('MESSAGING_AWAY', () => away);
      away = false;
      await pass(2_000);
      expect([ids(publish), error.mock.calls]).toEqual([['first', 'first'], []]);
    });
  });
});
