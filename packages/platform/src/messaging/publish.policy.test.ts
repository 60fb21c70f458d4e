import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ConsumerSurroundings } from './durable.consumer.ts';
import { MessagingError } from './messaging.error.ts';
import { Messaging } from './messaging.ts';
import { asMessagingError, publishPolicy } from './publish.policy.ts';

const PLACES = 128 + 1_024;

describe('sending a message', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  describe('when NATS is away', () => {
    it('asks eight times, then nobody, and says so at once; after a second it looks again', async () => {
      const connection = jest.fn((): NatsConnection => {
        throw new MessagingError({ code: 'MESSAGING_AWAY', message: 'no connection' });
      });
      const link = Object.defineProperty({}, 'connection', { get: connection });
      const messaging = new Messaging({ link } as ConsumerSurroundings);
      const send = async (): Promise<unknown> => messaging.publish({ subject: 'x', id: 'x', data: {} }).catch((error: unknown) => error);
      for (let call = 0; call < 3; call += 1) {
        const sent = send();
        await jest.runAllTimersAsync();
        expect(await sent).toMatchObject({ code: 'MESSAGING_AWAY' });
      }
      expect(connection).toHaveBeenCalledTimes(8);
      const told = { code: 'MESSAGING_AWAY', message: expect.stringContaining('failed too often') };
      expect(await Promise.race([send(), turn('waits')])).toMatchObject(told);
      expect(connection).toHaveBeenCalledTimes(8);
      await jest.advanceTimersByTimeAsync(1_000);
      void send();
      await turn();
      expect(connection).toHaveBeenCalledTimes(9);
    });
  });

  describe('when NATS refuses messages', () => {
    it('is sent once, however often that was', async () => {
      const policy = publishPolicy();
      const refusal = new MessagingError({ code: 'MESSAGING_REFUSED', message: 'no' });
      const ask = jest.fn(async () => Promise.reject(refusal));
      for (let call = 0; call < 10; call += 1) await expect(policy.execute(ask)).rejects.toBe(refusal);
      expect(ask).toHaveBeenCalledTimes(10);
    });
  });

  describe('when NATS takes its time', () => {
    it('is refused at once when too much is waiting', async () => {
      const policy = publishPolicy();
      const hang = async () => new Promise<never>(() => undefined);
      for (let call = 0; call < PLACES; call += 1) void policy.execute(hang);
      const next = Promise.race([policy.execute(hang).catch(asMessagingError), turn('waits')]);
      expect(await next).toMatchObject({ code: 'MESSAGING_AWAY', message: expect.stringContaining('too much is waiting') });
    });
  });
});
