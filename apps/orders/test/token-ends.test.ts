import { ServerResponse, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { TokenVerifier } from '@seaworthy/platform';
import type { Messaging } from '@seaworthy/platform/messaging';
import { EventStreams } from '../src/events/event-streams.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';

const HOUR = 3_600_000;

describe('a stream of events', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  /** Of an order to which nothing happens. */
  const open = () => {
    const database = new Kysely<OrdersSchema>({
      dialect: {
        createAdapter: () => new PostgresAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (db) => new PostgresIntrospector(db),
        createQueryCompiler: () => new PostgresQueryCompiler(),
      },
    });
    const marina = { kind: 'person', name: 'marina', roles: ['customer'], expires: (Date.now() + HOUR) / 1000, tokenId: 't' } as const;
    const answer = new ServerResponse(new IncomingMessage(new Socket()));
    return new EventStreams(database, {} as Messaging, new TokenVerifier({ keys: {} })).open('o-1', marina, 0, answer).setEncoding('utf8');
  };

  it('ends with the token that opened it', async () => {
    const stream = open();
    await jest.advanceTimersByTimeAsync(HOUR - 1);
    expect(stream.read()).not.toContain('event: end');
    await jest.advanceTimersByTimeAsync(1);
    expect(stream.read()).toContain('event: end\ndata: {"reason":"unauthenticated"}\n\n');
  });

  it('ends with it also when the machine slept meanwhile', async () => {
    const stream = open();
    jest.setSystemTime(Date.now() + 2 * HOUR);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.read()).toContain('event: end\ndata: {"reason":"unauthenticated"}\n\n');
  });
});
