import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import { AuthError, TokenVerifier } from '@seaworthy/platform';
import type { Revocations } from '@seaworthy/platform';
import type { ControlLoop } from '../src/control/control.loop.ts';
import { EventLog } from '../src/events/event.log.ts';
import type { EventStream } from '../src/events/event.stream.ts';
import { FleetController } from '../src/fleet.controller.ts';

const HOUR = 3_600_000;

describe('who follows what the fleet does', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  /** The stream that a caller gets whose token ends in an hour. */
  const follow = async (has: Revocations['has'] = () => false, log = new EventLog()): Promise<EventStream> => {
    const tokens = new TokenVerifier({ keys: {}, revocations: { ready: async () => undefined, has } });
    const send = jest.fn<(stream: EventStream) => void>();
    const reply = { raw: new EventEmitter(), type: () => reply, header: () => reply, send };
    const deploy = { kind: 'workload', name: 'deploy', roles: [], expires: (Date.now() + HOUR) / 1000, tokenId: 't' } as const;
    await new FleetController({} as ControlLoop, log, tokens).follow(deploy, undefined, reply as unknown as FastifyReply);
    return send.mock.calls[0]![0];
  };

  it('is told nothing after the token has ended', async () => {
    const stream = (await follow()).resume();
    await jest.advanceTimersByTimeAsync(HOUR - 1);
    expect(stream.readableEnded).toBe(false);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(true);
  });

  it('is told nothing after it also when the machine slept meanwhile', async () => {
    const stream = (await follow()).resume();
    jest.setSystemTime(Date.now() + 2 * HOUR);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(true);
  });

  it('is told nothing after it was revoked, not even what happens next; another’s goes on', async () => {
    const revoked = new Set(['another']);
    const log = new EventLog();
    const stream = await follow((id) => revoked.has(id), log);
    const happens = (detail: string): void => log.add({ service: 'catalog', kind: 'removed', replica: 'one', code: 'DEAD', detail });
    happens('before');
    revoked.add('t');
    happens('after');
    const told = (await stream.toArray()).join('');
    expect(told).toContain('before');
    expect(told).not.toContain('after');
  });

  it('learns of it also when nothing happens', async () => {
    const revoked = new Set<string>();
    const stream = (await follow((id) => revoked.has(id))).resume();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(false);
    revoked.add('t');
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(true);
  });

  it('is told nothing while nobody knows what was revoked', async () => {
    const error = new AuthError({ code: 'KEYS_UNREACHABLE', message: 'expected the list of revoked tokens' });
    const stream = (
      await follow(() => {
        throw error;
      })
    ).resume();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(true);
  });
});
