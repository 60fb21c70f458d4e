import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FastifyReply } from 'fastify';
import type { ControlLoop } from '../src/control/control.loop.ts';
import { EventLog } from '../src/events/event.log.ts';
import type { EventStream } from '../src/events/event.stream.ts';
import { FleetController } from '../src/fleet.controller.ts';

const HOUR = 3_600_000;

describe('who follows what the fleet does', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  /** The stream that a caller gets whose token ends in an hour. */
  const follow = async (): Promise<EventStream> => {
    const send = jest.fn<(stream: EventStream) => void>();
    const reply = { raw: new EventEmitter(), type: () => reply, header: () => reply, send };
    const deploy = { kind: 'workload', name: 'deploy', roles: [], expires: (Date.now() + HOUR) / 1000, tokenId: 't' } as const;
    await new FleetController({} as ControlLoop, new EventLog()).follow(deploy, undefined, reply as unknown as FastifyReply);
    return send.mock.calls[0]![0].resume();
  };

  it('is told nothing after the token has ended', async () => {
    const stream = await follow();
    await jest.advanceTimersByTimeAsync(HOUR - 1);
    expect(stream.readableEnded).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(stream.readableEnded).toBe(true);
  });

  it('is told nothing after it also when the machine slept meanwhile', async () => {
    const stream = await follow();
    jest.setSystemTime(Date.now() + 2 * HOUR);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(stream.readableEnded).toBe(true);
  });
});
