import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Module } from '@nestjs/common';
import { z } from 'zod';
import { eventually, startNats } from '@seaworthy/testing';
import type { StartedNats } from '@seaworthy/testing';
import { assembleService } from '../src/index.ts';
import type { Service } from '../src/index.ts';
import { Messaging, MessagingConfig, MessagingModule } from '../src/messaging/index.ts';
import type { DurableOptions, StreamDeclaration } from '../src/messaging/index.ts';

/** As the platform's own services have it: what they send and hear waits while NATS is away, and no permission to change a stream. */
const ACCOUNTS = (key: string): string => `accounts { TEST: { jetstream: enabled, users: [ { nkey: ${key}, permissions: { publish: { deny: [
  "$JS.API.STREAM.UPDATE.FIXED", "$JS.API.CONSUMER.CREATE.BOATS.forbidden.>", "$JS.API.CONSUMER.CREATE.BOATS.forbidden"
] } } } ] } }\n`;

const Boat = z.object({ name: z.string() });
const stream = (name: string, subjects: string[], maxAge = 3_600_000): StreamDeclaration => ({
  name,
  subjects,
  maxAge,
  maxBytes: 2 ** 20,
  duplicateWindow: 60_000,
});

describe('what a version of a service declares at NATS', () => {
  let nats: StartedNats;
  const open: Service[] = [];

  beforeAll(async () => {
    nats = await startNats({ accounts: ACCOUNTS });
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map(async (opened) => opened.close()));
  });
  afterAll(async () => {
    await nats?.stop();
  });

  interface Replica {
    messaging: Messaging;
    ready: () => Promise<unknown>;
    end: () => Promise<void>;
  }

  /** One replica of a version that declares these. */
  async function replica(streams: readonly StreamDeclaration[] = [stream('BOATS', ['boats.>'])]): Promise<Replica> {
    @Module({ imports: [MessagingModule.with({ client: 'orders', streams, readiness: 'optional' })] })
    class BoatsModule {}
    const assembled = await assembleService(BoatsModule, {
      name: 'boats',
      config: [MessagingConfig],
      source: {
        environment: { MESSAGING_HOST: nats.host, MESSAGING_PORT: String(nats.port), LOG_LEVEL: 'silent' },
        secret: (name) => (name === 'messaging-key' ? nats.key : undefined),
      },
    });
    open.push(assembled);
    return {
      messaging: assembled.app.get(Messaging),
      ready: async () => {
        const answer = await assembled.app.inject({ url: '/health/ready' });
        const { details = {} } = answer.json<{ details?: Record<string, { status: string; reason?: string }> }>();
        return [answer.statusCode, details['nats']?.status, details['declarations']?.reason ?? 'fit'];
      },
      end: async () => open.splice(open.indexOf(assembled), 1)[0]?.close(),
    };
  }

  const READY = [200, 'up', 'fit'];
  const REFUSED = [503, 'up', 'DECLARATION_REFUSED'];
  const told = async (messaging: Messaging, subject: string, name: string) =>
    messaging.publish({ subject, id: randomUUID(), data: { name } });
  const hear = (messaging: Messaging, options: Omit<DurableOptions<z.infer<typeof Boat>>, 'stream' | 'schema'>): string[] => {
    const heard: string[] = [];
    messaging.consume({ stream: 'BOATS', schema: Boat, ...options }, async ({ data }) => void heard.push(data.name));
    return heard;
  };

  describe('when a new version wants its consumer to be otherwise', () => {
    it.each<[string, object, object]>([
      ['a shorter wait', { filter: 'boats.a.>', ackWait: 30_000 }, { filter: 'boats.a.>' }],
      ['a longer wait', { filter: 'boats.b.>' }, { filter: 'boats.b.>', ackWait: 60_000 }],
      ['other subjects', { filter: 'boats.c.*' }, { filter: 'boats.c.>' }],
      ['all subjects', { filter: 'boats.d.*' }, {}],
    ])('%s: goes on where the old one stopped', async (what, before, after) => {
      const [durable, subject] = [`test-${randomUUID()}`, (before as { filter: string }).filter.replace(/[*>]$/, randomUUID())];
      const old = await replica();
      const first = hear(old.messaging, { durable, ...before });
      await eventually(async () => expect(await old.ready()).toEqual(READY));
      await told(old.messaging, subject, 'Gorch');
      await eventually(async () => expect(first).toContain('Gorch'));
      await old.end();

      const next = await replica();
      const second = hear(next.messaging, { durable, ...after });
      await eventually(async () => expect(await next.ready()).toEqual(READY));
      await told(next.messaging, subject, what);
      await eventually(async () => expect(second).toContain(what));
      if ('filter' in after) expect(second).toEqual([what]);
    });
  });

  describe('when a new version wants its stream to be otherwise', () => {
    it('gets it, and the old version goes on with that, also when it connects anew', async () => {
      const old = await replica([stream('WIDER', ['wider.a'])]);
      await eventually(async () => expect(await old.ready()).toEqual(READY));
      const next = await replica([stream('WIDER', ['wider.a', 'wider.b'], 7_200_000)]);
      await eventually(async () => expect(await next.ready()).toEqual(READY));
      expect(await told(next.messaging, 'wider.b', 'Gorch')).toMatchObject({ duplicate: false });
      await next.end();

      await nats.store.goAway();
      await eventually(async () => expect(await old.ready()).toEqual([200, 'degraded', 'fit']));
      await nats.store.comeBack();
      await eventually(async () => expect(await old.ready()).toEqual(READY));
      await eventually(async () => void (await told(old.messaging, 'wider.a', 'Gorch')));
      expect(await told(old.messaging, 'wider.b', 'Gorch')).toMatchObject({ duplicate: false });
    });

    it('does not get ready where it may not change it, and still sends to the one that is there', async () => {
      const old = await replica([stream('FIXED', ['fixed.a'])]);
      await eventually(async () => expect(await old.ready()).toEqual(READY));
      const next = await replica([stream('FIXED', ['fixed.a'], 7_200_000)]);
      await eventually(async () => expect(await next.ready()).toEqual(REFUSED));
      expect(await told(next.messaging, 'fixed.a', 'Gorch')).toMatchObject({ duplicate: false });
      expect(await old.ready()).toEqual(READY);
    });

    it('does not get ready where another stream has those subjects', async () => {
      const old = await replica();
      await eventually(async () => expect(await old.ready()).toEqual(READY));
      const next = await replica([stream('SHIPS', ['boats.>'])]);
      await eventually(async () => expect(await next.ready()).toEqual(REFUSED));
    });
  });

  describe('when a new version wants a consumer that it may not have', () => {
    it('does not get ready', async () => {
      const next = await replica();
      hear(next.messaging, { durable: 'forbidden' });
      await eventually(async () => expect(await next.ready()).toEqual(REFUSED));
    });
  });

  describe('when the stream that it listens to is not there yet', () => {
    it('is ready without it, and hears as soon as somebody has made it', async () => {
      const early = await replica();
      const heard: string[] = [];
      const later = `LATER-${randomUUID()}`;
      early.messaging.consume({ stream: later, durable: 'early', schema: Boat }, async ({ data }) => void heard.push(data.name));
      await eventually(async () => expect(await early.ready()).toEqual(READY));
      await nats.ensureStream(later, 'later.>');
      await nats.send('later.a', '{"name":"Gorch"}');
      await eventually(async () => expect(heard).toEqual(['Gorch']));
    });
  });
});
