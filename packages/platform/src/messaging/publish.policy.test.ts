import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { JetStreamApiError } from '@nats-io/jetstream';
import { InvalidArgumentError, InvalidSubjectError, NoRespondersError, RequestError } from '@nats-io/transport-node';
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

  const sending = (request: NatsConnection['request']) =>
    new Messaging({ link: { connection: { request, options: {} } } } as unknown as ConsumerSurroundings);
  const send = async (messaging: Messaging, subject: string, id = 'x') => {
    const sent = messaging.publish({ subject, id, data: {} }).catch((error: unknown) => error);
    await jest.runAllTimersAsync();
    return sent;
  };

  describe('when no stream takes the subject', () => {
    const NOBODY = new RequestError('no responders', { cause: new NoRespondersError('tides.high') });

    it('says so, and never that NATS is away', async () => {
      const request = jest.fn<NatsConnection['request']>().mockRejectedValue(NOBODY);
      const messaging = sending(request);
      for (let call = 0; call < 10; call += 1)
        expect(await send(messaging, 'tides.high')).toMatchObject({
          code: 'MESSAGING_NO_STREAM',
          message: expect.stringContaining('tides.high'),
        });
      request.mockRejectedValue(new Error('closed'));
      expect(await send(messaging, 'tides.low')).toMatchObject({ code: 'MESSAGING_AWAY', cause: { message: 'closed' } });
    });

    it('says that NATS is away when it ends a moment later', async () => {
      const request = jest.fn<NatsConnection['request']>().mockRejectedValueOnce(NOBODY).mockRejectedValue(new Error('closed'));
      expect(await send(sending(request), 'tides.high')).toMatchObject({ code: 'MESSAGING_AWAY' });
    });
  });

  describe('when a message is at fault', () => {
    it.each([
      ['is larger than the server takes', 'tides.high', new InvalidArgumentError('payload max_payload size exceeded')],
      ['has a space in its subject', 'tides.berth 7', new InvalidSubjectError('tides.berth 7')],
      [
        'has a subject that the stream does not take',
        'tides.high',
        new JetStreamApiError({ code: 400, err_code: 10_054, description: '' }),
      ],
    ])('is tried once, and the others go on, when it %s', async (_, subject, refusal) => {
      const request = jest.fn<NatsConnection['request']>().mockRejectedValue(refusal);
      const messaging = sending(request);
      for (let call = 0; call < 10; call += 1) expect(await send(messaging, subject)).toMatchObject({ code: 'MESSAGING_REFUSED' });
      request.mockRejectedValue(new JetStreamApiError({ code: 503, err_code: 10_023, description: 'no room' }));
      expect(await send(messaging, 'tides.low')).toMatchObject({ code: 'MESSAGING_AWAY', cause: { message: 'no room' } });
    });

    it.each(['', '.', 'tides.', 'tides.*', 'tides.>', 'tides.berth 7', 'tides.\n', `tides.${'x'.repeat(4_096)}`])(
      'never gets to the server with the subject %j',
      async (subject) => {
        const request = jest.fn<NatsConnection['request']>();
        expect(await send(sending(request), subject)).toMatchObject({ code: 'MESSAGING_REFUSED' });
        expect(request).not.toHaveBeenCalled();
      },
    );

    it('is refused for an id that is no text of one line', async () => {
      expect(await send(sending(jest.fn<NatsConnection['request']>()), 'tides.high', 'two\nlines')).toMatchObject({
        code: 'MESSAGING_REFUSED',
      });
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
