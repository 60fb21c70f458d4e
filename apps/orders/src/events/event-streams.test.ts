import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { AuthError, TokenVerifier } from '@seaworthy/platform';
import type { KeySources, Revocations } from '@seaworthy/platform';
import type { Messaging } from '@seaworthy/platform/messaging';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { EventStreams } from './event-streams.ts';

const HEARTBEAT_MS = 5_000;
const HOUR = 3_600_000;
/** A database in which nothing happened. */
const database = new Kysely<OrdersSchema>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (of) => new PostgresIntrospector(of),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** What was told by the stream that marina opened with the token `stolen`, which ends in an hour. */
function follow(has: Revocations['has'] = () => false, keys: KeySources = {}): { text: () => string } {
  const tokens = new TokenVerifier({ keys, revocations: { ready: async () => undefined, has } });
  const streams = new EventStreams(database, {} as Messaging, tokens);
  const expires = (Date.now() + HOUR) / 1000;
  const marina = { kind: 'person' as const, name: 'marina', roles: ['customer'], expires, tokenId: 'stolen', keyId: 'p' };
  let text = '';
  streams.open('an-order', marina, 0, new EventEmitter() as ServerResponse).on('data', (chunk) => (text += String(chunk)));
  return { text: () => text };
}

describe('EventStreams', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());
  const heartbeat = async (): Promise<void> => jest.advanceTimersByTimeAsync(HEARTBEAT_MS);

  it('ends a stream with the token that opened it', async () => {
    const { text } = follow();
    await jest.advanceTimersByTimeAsync(HOUR - 1);
    expect(text()).not.toContain('event: end');
    await jest.advanceTimersByTimeAsync(1);
    expect(text()).toContain('event: end\ndata: {"reason":"unauthenticated"}\n\n');
  });

  it('ends it also when the machine slept meanwhile', async () => {
    const { text } = follow();
    jest.setSystemTime(Date.now() + 2 * HOUR);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(text()).toContain('event: end\ndata: {"reason":"unauthenticated"}\n\n');
  });

  it('ends a stream whose token is revoked, and no other', async () => {
    const revoked = new Set(['another']);
    const { text } = follow((id) => revoked.has(id));
    await heartbeat();
    await heartbeat();
    expect(text()).not.toContain('event: end');
    revoked.add('stolen');
    await heartbeat();
    expect(text()).toMatch(/event: end\ndata: \{"reason":"unauthenticated"\}\n\n$/);
  });

  it('ends a stream whose token was signed with a key that is withdrawn', async () => {
    let ids = ['p'];
    const people = Object.assign(async () => Promise.reject(new Error('not asked for')), { ids: () => ids });
    const { text } = follow(undefined, { people });
    await heartbeat();
    expect(text()).not.toContain('event: end');
    ids = ['next'];
    await heartbeat();
    expect(text()).toMatch(/event: end\ndata: \{"reason":"unauthenticated"\}\n\n$/);
  });

  it('ends one of which nothing can be said any more: the client comes back, and is told', async () => {
    let known = true;
    const { text } = follow(() => {
      if (known) return false;
      throw new AuthError({ code: 'KEYS_UNREACHABLE', message: 'away' });
    });
    await heartbeat();
    expect(text()).not.toContain('event: end');
    known = false;
    await heartbeat();
    expect(text()).toMatch(/event: end\ndata: \{"reason":"unavailable"\}\n\n$/);
  });
});
