import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { z } from 'zod';
import { eventually, startNats } from '@seaworthy/testing';
import type { StartedNats } from '@seaworthy/testing';
import { assembleService } from '../src/index.ts';
import type { Service } from '../src/index.ts';
import { DatabaseError } from '../src/database/index.ts';
import { Messaging, MessagingConfig, MessagingModule, PoisonError } from '../src/messaging/index.ts';
import type { Received } from '../src/messaging/index.ts';

const STREAM = { name: 'BOATS', subjects: ['boats.>'], maxAge: 3_600_000, maxBytes: 2 ** 20, duplicateWindow: 60_000 };
const Boat = z.object({ name: z.string(), version: z.literal(1).optional() });
type Boat = z.infer<typeof Boat>;

@Module({ imports: [MessagingModule.with({ client: 'orders', streams: [STREAM], readiness: 'required' })] })
class BoatsModule {}

describe('messaging, on the project’s own NATS', () => {
  let nats: StartedNats;
  const open: Service[] = [];

  beforeAll(async () => {
    nats = await startNats();
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (opened) => opened.close()));
  });
  afterAll(async () => {
    await nats?.stop();
  });

  async function service(key = nats.key): Promise<{ messaging: Messaging; ready: () => Promise<number> }> {
    const assembled = await assembleService(BoatsModule, {
      name: 'boats',
      config: [MessagingConfig],
      source: {
        environment: { MESSAGING_HOST: nats.host, MESSAGING_PORT: String(nats.port), LOG_LEVEL: 'silent' },
        secret: (name) => (name === 'messaging-key' ? key : undefined),
      },
    });
    open.push(assembled);
    return {
      messaging: assembled.app.get(Messaging),
      ready: async () => (await assembled.app.inject({ url: '/health/ready' })).statusCode,
    };
  }

  async function connected(): Promise<Messaging> {
    const { messaging, ready } = await service();
    await eventually(async () => expect(await ready()).toBe(200));
    return messaging;
  }

  const durable = () => `test-${randomUUID()}`;

  describe('when the same message id is sent twice', () => {
    it('keeps one, and says so', async () => {
      const messaging = await connected();
      const id = randomUUID();
      const first = await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } });
      const second = await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } });
      expect(first.duplicate).toBe(false);
      expect(second).toEqual({ sequence: first.sequence, duplicate: true });
    });
  });

  describe('when a message is sent from within a trace', () => {
    it('carries it', async () => {
      const messaging = await connected();
      const id = randomUUID();
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await messaging.publish({ subject: `boats.${id}`, id, data: {}, trace: { traceparent } });
      const stored = (await nats.messages('BOATS')).find((message) => message.id === id);
      expect(stored?.headers['traceparent']).toContain('0af7651916cd43dd8448eb211c80319c');
    });
  });

  describe('when nobody has declared a stream for the subject', () => {
    it('tells the sender instead of losing the message', async () => {
      const messaging = await connected();
      await expect(messaging.publish({ subject: 'planes.1', id: randomUUID(), data: {} })).rejects.toMatchObject({
        code: 'MESSAGING_NO_STREAM',
      });
    });
  });

  describe('when a handler fails', () => {
    it('gets the message again, later, and then never more', async () => {
      const messaging = await connected();
      const [id, seen] = [randomUUID(), [] as Received<Boat>[]];
      messaging.consume({ stream: 'BOATS', durable: durable(), filter: `boats.${id}`, schema: Boat }, async (message) => {
        seen.push(message);
        if (seen.length < 3) throw new Error('not yet');
      });
      await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } });
      await eventually(async () => expect(seen).toHaveLength(3));
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      expect(seen.map(({ delivery, id: messageId, data }) => ({ delivery, messageId, data }))).toEqual(
        [1, 2, 3].map((delivery) => ({ delivery, messageId: id, data: { name: 'Gorch' } })),
      );
    });
  });

  describe.each([
    ['is no JSON', '{'],
    ['has another shape', '{"title":"x"}'],
    ['is of a version that nobody here knows', '{"name":"Gorch","version":2}'],
    ['is what its handler calls poison', '{"name":"poison"}'],
  ])('when a message %s', (_case, text) => {
    it('ends among the dead letters at once, and the next one has its turn', async () => {
      const messaging = await connected();
      const [id, seen, name] = [randomUUID(), [] as string[], durable()];
      messaging.consume({ stream: 'BOATS', durable: name, filter: `boats.${id}.*`, schema: Boat, concurrency: 1 }, async ({ data }) => {
        if (data.name === 'poison') throw new PoisonError('never');
        seen.push(data.name);
      });
      await nats.send(`boats.${id}.1`, text);
      await messaging.publish({ subject: `boats.${id}.2`, id, data: { name: 'Gorch' } });
      await eventually(async () => expect(seen).toEqual(['Gorch']));
      const dead = (await nats.messages('DEAD_LETTERS')).filter(({ subject }) => subject === `dead.BOATS.${name}`);
      expect(dead).toMatchObject([
        { headers: { 'seaworthy-subject': `boats.${id}.1`, 'seaworthy-reason': 'PoisonError', 'seaworthy-delivery': '1' } },
      ]);
      // kept as it came
      expect(typeof dead[0]?.data === 'string' ? dead[0].data : JSON.stringify(dead[0]?.data)).toBe(text);
    });
  });

  describe('when a handler fails as often as it may', () => {
    it('keeps the message among the dead letters', async () => {
      const messaging = await connected();
      const [id, name] = [randomUUID(), durable()];
      let calls = 0;
      messaging.consume({ stream: 'BOATS', durable: name, filter: `boats.${id}`, schema: Boat, mostDeliveries: 2 }, async () => {
        calls += 1;
        throw new Error('never');
      });
      await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } });
      await eventually(async () =>
        expect((await nats.messages('DEAD_LETTERS')).filter(({ subject }) => subject === `dead.BOATS.${name}`)).toHaveLength(1),
      );
      expect(calls).toBe(2);
    });
  });

  describe('when a handler fails because the database is away', () => {
    it('is not blamed for that: what fails once of its own comes again', async () => {
      const messaging = await connected();
      const [id, name] = [randomUUID(), durable()];
      const away = new DatabaseError({ code: 'DATABASE_AWAY', message: 'away' });
      const failures = [away, away, new Error('once')];
      const of = { stream: 'BOATS', durable: name, filter: `boats.${id}`, schema: Boat, mostDeliveries: 2 };
      let done = false;
      messaging.consume(of, async () => {
        const failure = failures.shift();
        if (failure) throw failure;
        done = true;
      });
      await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } });
      await eventually(async () => expect(done).toBe(true));
      expect((await nats.messages('DEAD_LETTERS').catch(() => [])).filter(({ subject }) => subject === `dead.BOATS.${name}`)).toEqual([]);
    });
  });

  describe('when replicas share a durable', () => {
    it('gives each message to one of them, no more at once to each than told', async () => {
      const [one, two] = [await connected(), await connected()];
      const [id, name, seen] = [randomUUID(), durable(), [] as string[]];
      let most = 0;
      for (const messaging of [one, two]) {
        let inHand = 0;
        messaging.consume({ stream: 'BOATS', durable: name, filter: `boats.${id}.*`, schema: Boat, concurrency: 2 }, async ({ data }) => {
          most = Math.max(most, (inHand += 1));
          await new Promise((resolve) => setTimeout(resolve, 20));
          inHand -= 1;
          seen.push(data.name);
        });
      }
      const names = Array.from({ length: 20 }, (_, index) => String(index));
      await Promise.all(
        names.map(async (boat) => one.publish({ subject: `boats.${id}.${boat}`, id: `${id}.${boat}`, data: { name: boat } })),
      );
      await eventually(async () => expect(seen.toSorted()).toEqual(names.toSorted()));
      expect(most).toBeLessThanOrEqual(2);
    });

    it('goes on at the others when one of them is stuck with all that it may have in hand, also in place of an older version', async () => {
      const [stuck, other] = [await connected(), await connected()];
      const [id, name, seen] = [randomUUID(), durable(), [] as string[]];
      // as a version left it that held back for all what one had in hand
      await nats.ensureConsumer('BOATS', { durable_name: name, filter_subject: `boats.${id}.*`, max_ack_pending: 1 });
      const of = { stream: 'BOATS', durable: name, filter: `boats.${id}.*`, schema: Boat, concurrency: 1 };
      const end = new AbortController();
      const taken = new Promise<void>((resolve) => {
        stuck.consume(of, async () => {
          resolve();
          await once(end.signal, 'abort');
        });
      });
      const names = ['Gorch', 'Fock', 'Alex'];
      const send = async (boat: string) => other.publish({ subject: `boats.${id}.${boat}`, id: `${id}.${boat}`, data: { name: boat } });
      await send('first');
      await taken;
      other.consume(of, async ({ data }) => void seen.push(data.name));
      for (const boat of names) await send(boat);
      try {
        await eventually(async () => expect(seen).toEqual(names));
      } finally {
        end.abort();
      }
    });
  });

  describe('when NATS goes away and comes back', () => {
    it('says so to who sends, is not ready, and goes on by itself', async () => {
      const { messaging, ready } = await service();
      await eventually(async () => expect(await ready()).toBe(200));
      const [id, seen] = [randomUUID(), [] as string[]];
      messaging.consume(
        { stream: 'BOATS', durable: durable(), filter: `boats.${id}`, schema: Boat },
        async ({ data }) => void seen.push(data.name),
      );
      await nats.store.goAway();
      await expect(messaging.publish({ subject: `boats.${id}`, id, data: { name: 'lost?' } })).rejects.toMatchObject({
        code: 'MESSAGING_AWAY',
      });
      expect(await ready()).toBe(503);
      await nats.store.comeBack();
      await eventually(async () => expect(await ready()).toBe(200));
      await eventually(async () => void (await messaging.publish({ subject: `boats.${id}`, id, data: { name: 'Gorch' } })));
      await eventually(async () => expect(seen).toEqual(['Gorch']));
    });

    it('does not wait for ever when it hangs', async () => {
      const messaging = await connected();
      await nats.store.hang();
      await expect(messaging.publish({ subject: 'boats.x', id: randomUUID(), data: {} })).rejects.toMatchObject({ code: 'MESSAGING_AWAY' });
      await nats.store.goOn();
      await eventually(async () => void (await messaging.publish({ subject: 'boats.x', id: randomUUID(), data: {} })));
    });
  });

  describe('when somebody else’s key is used', () => {
    it('is not let in', async () => {
      const { messaging, ready } = await service('SUALPFT76OIANN757Y4NXPNWUQR2VEFEE2IIKFCFRLOZ52K5Z4B632Z6JU');
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(await ready()).toBe(503);
      await expect(messaging.publish({ subject: 'boats.x', id: randomUUID(), data: {} })).rejects.toMatchObject({ code: 'MESSAGING_AWAY' });
    });
  });
});
