import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import { paymentEndedSchema } from '@seaworthy/contracts';
import type { OrderPlaced } from '@seaworthy/contracts';
import type { Service } from '@seaworthy/platform';
import { RowSweeper } from '@seaworthy/platform/database';
import { eventually, SCHEMA_READINESS, schemaReadiness } from '@seaworthy/testing';
import { CardsRepository } from '../src/cards/cards.repository.ts';
import { PaymentsRepository } from '../src/payments/payments.repository.ts';
import type { PaymentsSchema } from '../src/payments/payments.tables.ts';
import { EXPIRY, NUMBERS, placed } from './payments.fixture.ts';
import { assembleIn, startReplica, startWorld } from './world.fixture.ts';
import type { World } from './world.fixture.ts';

jest.setTimeout(240_000);

describe('payments, on the project’s own PostgreSQL and NATS, and the provider', () => {
  let world: World;
  let service: Service;
  let database: Kysely<PaymentsSchema>;
  let marina: string;

  beforeAll(async () => {
    world = await startWorld();
    await world.nats.ensureStream('ORDERS', 'orders.>');
    service = await assembleIn(world);
    marina = `Bearer ${await world.issuer.token('marina', { expires: '1h' })}`;
    database = service.app.get<Kysely<PaymentsSchema>>(Kysely, { strict: false });
    await eventually(async () => expect((await service.app.inject('/health/ready')).json()).toMatchObject({ status: 'ok' }));
  });
  afterAll(async () => {
    await service?.close();
    await world?.stop();
  });

  const keep = async (number: string, authorization = marina, expiry = EXPIRY): Promise<string> => {
    const answer = await service.app.inject({
      method: 'POST',
      url: '/cards',
      headers: { authorization },
      payload: { number, expiry, securityCode: '737' },
    });
    expect(answer.statusCode).toBe(201);
    return answer.json<{ token: string }>().token;
  };
  const tell = async ({ subject, event, id }: ReturnType<typeof placed>) => world.nats.send(subject, JSON.stringify(event), id);
  const told = async (orderId: string) =>
    (await world.nats.messages('PAYMENTS')).filter(({ subject }) => subject.endsWith(orderId)).map(({ subject }) => subject.split('.')[1]);
  const payment = async (orderId: string) => database.selectFrom('payments').selectAll().where('order_id', '=', orderId).executeTakeFirst();
  const repository = () => service.app.get(PaymentsRepository);
  const dead = async () => world.nats.messages('DEAD_LETTERS').catch(() => []);

  describe('when a customer gives a card', () => {
    it('answers a token, keeps the number sealed, and shows it to nobody else', async () => {
      const token = await keep(NUMBERS.good);
      const row = await database.selectFrom('cards').selectAll().where('token', '=', token).executeTakeFirstOrThrow();
      expect(row).toMatchObject({ owner: 'marina', last_four: '4242', expiry: EXPIRY });
      const { rows } = await sql<{ text: string; sealed: Buffer }>`select cards::text as text, sealed from cards`.execute(database);
      // what is sealed may have any byte in it, 0 as well, which no text of the database can
      for (const { text, sealed } of rows) expect(text + sealed.toString('latin1')).not.toMatch(/42424242|(?<![\w.+/-])737(?![\w.+/-])/);
      const list = async (name: string) =>
        (await service.app.inject({ url: '/cards', headers: { authorization: `Bearer ${await world.issuer.token(name)}` } })).json();
      expect(await list('marina')).toEqual({ items: [{ token, lastFour: '4242', expiry: EXPIRY }] });
      expect(await list('nemo')).toEqual({ items: [] });
    });
  });

  describe('when an order is to be paid', () => {
    it('charges it, once, and tells so', async () => {
      const token = await keep(NUMBERS.good);
      const order = placed(token, { totalCents: 64_900 });
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      expect(await world.provider.chargesOf(order.orderId)).toMatchObject([{ amountCents: 64_900, status: 'succeeded' }]);
      const [message] = (await world.nats.messages('PAYMENTS')).filter(({ subject }) => subject.endsWith(order.orderId));
      expect(paymentEndedSchema.safeParse(message?.data)).toMatchObject({ success: true }); // as orders reads it
      expect(message?.data).toMatchObject({ type: 'payment.paid' });
      const paymentId = (await payment(order.orderId))?.id;
      expect(message?.data).toHaveProperty('data', { orderId: order.orderId, outcome: 'paid', paymentId });
      for (const kept of [NUMBERS.good, token, 'marina']) expect(JSON.stringify(message)).not.toContain(kept);
    });

    it('tells when the provider declines', async () => {
      const order = placed(await keep(NUMBERS.declined));
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['declined']));
      expect(await payment(order.orderId)).toMatchObject({ status: 'declined', reason: 'card-declined' });
    });

    it('leaves alone what is not to be paid here', async () => {
      const order = placed(undefined);
      await tell(order);
      const after = placed(await keep(NUMBERS.good));
      await tell(after);
      await eventually(async () => expect(await told(after.orderId)).toEqual(['paid']));
      expect(await payment(order.orderId)).toBeUndefined();
    });

    it.each([
      ['another customer’s', async () => keep(NUMBERS.good, `Bearer ${await world.issuer.token('nemo')}`)],
      ['nobody’s', async () => randomUUID()],
    ])('declines with a card that is %s, and asks the provider for nothing', async (_, token) => {
      const order = placed(await token());
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['declined']));
      expect(await payment(order.orderId)).toMatchObject({ status: 'declined', reason: 'unknown-card' });
      expect(await world.provider.chargesOf(order.orderId)).toEqual([]);
    });
  });

  describe('when messages come twice, late, changed or unreadable', () => {
    it('charges once for a message that comes twenty times at once', async () => {
      const order = placed(await keep(NUMBERS.good));
      await Promise.all(Array.from({ length: 20 }, async () => world.nats.send(order.subject, JSON.stringify(order.event))));
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      await world.nats.send(order.subject, JSON.stringify(order.event));
      const last = placed(await keep(NUMBERS.good));
      await tell(last);
      await eventually(async () => expect(await told(last.orderId)).toEqual(['paid']));
      expect(await told(order.orderId)).toEqual(['paid']);
      expect(await world.provider.chargesOf(order.orderId)).toHaveLength(1);
    });

    it('tells again how a payment ended when the order asks again: what was told may be lost', async () => {
      const order = placed(await keep(NUMBERS.good));
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      // a stream that has lost a message knows none of its id
      await database.updateTable('payment_events').set({ id: randomUUID() }).where('order_id', '=', order.orderId).execute();
      await world.nats.send(order.subject, JSON.stringify(order.event), randomUUID());
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid', 'paid']));
      expect(await world.provider.chargesOf(order.orderId)).toHaveLength(1);
    });

    it('remembers them for 40 days, and a payment for good', async () => {
      const order = placed(await keep(NUMBERS.good));
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      const days = async (count: number) => {
        await service.app.get(RowSweeper, { strict: false }).sweep(Date.now() + count * 86_400_000);
        const { rows } = await sql`select 1 from inbox where message_id = ${order.event.id}`.execute(database);
        return rows.length;
      };
      expect(await days(39)).toBe(1);
      expect(await days(41)).toBe(0);
      expect(await payment(order.orderId)).toMatchObject({ order_id: order.orderId });
    });

    it('puts aside another message about the same order, whatever it says', async () => {
      const token = await keep(NUMBERS.good);
      const order = placed(token);
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      const again = placed(token, { orderId: order.orderId, totalCents: 1 });
      const before = (await dead()).length;
      await tell(again);
      await eventually(async () => expect(await dead()).toHaveLength(before + 1));
      expect(await world.provider.chargesOf(order.orderId)).toMatchObject([{ amountCents: 1_000 }]);
    });

    it.each<[string, (event: Record<string, unknown>) => unknown]>([
      ['of another version', (event) => ({ ...event, specversion: '2.0' })],
      ['without an amount', (event) => ({ ...event, data: { ...(event['data'] as object), totalCents: undefined } })],
      ['with a negative amount', (event) => ({ ...event, data: { ...(event['data'] as object), totalCents: -1 } })],
      ['with an amount as text', (event) => ({ ...event, data: { ...(event['data'] as object), totalCents: '1' } })],
      ['with a token that is none', (event) => ({ ...event, data: { ...(event['data'] as object), cardToken: "' or 1=1" } })],
      ['that is a list', (event) => [event]],
    ])('puts aside a message %s, and goes on', async (_, spoil) => {
      const order = placed(await keep(NUMBERS.good));
      const before = (await dead()).length;
      await world.nats.send(order.subject, JSON.stringify(spoil(order.event)));
      await eventually(async () => expect(await dead()).toHaveLength(before + 1));
      expect(await payment(order.orderId)).toBeUndefined();
    });
  });

  describe('when what happened cannot be written down for others to hear', () => {
    const withoutEvents = async (work: () => Promise<void>): Promise<void> => {
      await sql`alter table payment_events add constraint told_only check (published_at is not null) not valid`.execute(database);
      try {
        await work();
      } finally {
        await sql`alter table payment_events drop constraint told_only`.execute(database);
      }
    };

    it('takes no payment upon itself and notes no message, so that it counts when it comes again', async () => {
      const { event, orderId } = placed(randomUUID());
      const taken = { ...event, type: 'order.placed' } as OrderPlaced;
      await withoutEvents(async () => {
        await expect(repository().take(taken)).rejects.toThrow('told_only');
        expect(await payment(orderId)).toBeUndefined();
      });
      await repository().take(taken);
      await eventually(async () => expect(await told(orderId)).toEqual(['declined']));
    });

    it('ends no payment', async () => {
      const { orderId } = placed(undefined);
      const values = { id: randomUUID(), order_id: orderId, owner: 'marina', card_token: randomUUID(), amount_cents: 1, currency: 'EUR' };
      const later = new Date(Date.now() + 3_600_000);
      const row = { ...values, status: 'pending', reason: null, trace: '{}', due_at: later, created_at: new Date() } as const;
      const pending = await database.insertInto('payments').values(row).returningAll().executeTakeFirstOrThrow();
      await withoutEvents(async () => {
        await expect(repository().end(pending, { status: 'paid' })).rejects.toThrow('told_only');
        expect(await payment(orderId)).toMatchObject({ status: 'pending' });
      });
      await repository().end(pending, { status: 'paid' });
      await eventually(async () => expect(await told(orderId)).toEqual(['paid']));
    });
  });

  describe('when several payments are due', () => {
    it('hands over one, and leases no other, however PostgreSQL goes about it', async () => {
      const row = { owner: 'marina', amount_cents: 1, currency: 'EUR', status: 'pending', reason: null, trace: '{}' } as const;
      // due before all that others have left here
      const due = Array.from({ length: 6 }, (_, index) => {
        const [id, order_id, card_token] = [randomUUID(), randomUUID(), randomUUID()];
        return { ...row, id, order_id, card_token, due_at: new Date(index), created_at: new Date() };
      });
      const ids = due.map(({ id }) => id);
      // one transaction: no charger sees them
      const [handed, leased] = await database.transaction().execute(async (transaction) => {
        await transaction.insertInto('payments').values(due).execute();
        // what is left is to look, for each row, whether it is among those that the query within gives
        for (const way of ['hashjoin', 'mergejoin', 'hashagg', 'sort', 'material', 'memoize'])
          await sql.raw(`set local enable_${way} = off`).execute(transaction);
        const claimed = await new PaymentsRepository(transaction, service.app.get(CardsRepository)).claim();
        const attempted = await transaction.selectFrom('payments').select('id').where('id', 'in', ids).where('attempts', '=', 1).execute();
        await transaction.deleteFrom('payments').where('id', 'in', ids).execute();
        return [claimed, attempted];
      });
      expect(handed?.id).toBe(ids[0]);
      expect(leased).toEqual([{ id: ids[0] }]);
    });
  });

  describe('when a replica comes too late: its lease has ended, and another one has the payment', () => {
    it('changes nothing, and the other one decides', async () => {
      const { orderId } = placed(undefined);
      const values = { id: randomUUID(), order_id: orderId, owner: 'marina', card_token: randomUUID(), amount_cents: 1, currency: 'EUR' };
      const later = new Date(Date.now() + 3_600_000);
      const row = { ...values, status: 'pending', reason: null, trace: '{}', due_at: later, created_at: new Date() } as const;
      const late = await database
        .insertInto('payments')
        .values({ ...row, attempts: 1 })
        .returningAll()
        .executeTakeFirstOrThrow();
      await database.updateTable('payments').set({ attempts: 2 }).where('id', '=', late.id).execute();
      await repository().postpone(late, 0);
      expect(await repository().end(late, { status: 'declined' })).toBe(false);
      expect(await payment(orderId)).toMatchObject({ status: 'pending', due_at: later });
      expect(await repository().end({ ...late, attempts: 2 }, { status: 'paid' })).toBe(true);
      await eventually(async () => expect(await told(orderId)).toEqual(['paid']));
    });
  });

  describe('when the provider', () => {
    it.each([
      ['fails again and again', NUMBERS.failing],
      ['charges, and answers later than anybody waits', NUMBERS.slow],
      ['charges, and hangs up', NUMBERS.cut],
    ])('%s: it is asked again under the same key, and charges once', async (_, number) => {
      const order = placed(await keep(number));
      await tell(order);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']));
      expect(await world.provider.chargesOf(order.orderId)).toMatchObject([
        { status: 'succeeded', key: (await payment(order.orderId))?.id },
      ]);
    });

    it('is away: payments wait, decide nothing, and go on when it is back', async () => {
      await world.provider.goAway();
      const orders = await Promise.all(Array.from({ length: 6 }, async () => placed(await keep(NUMBERS.good))));
      await Promise.all(orders.map(tell));
      await eventually(async () => {
        const pending = await Promise.all(orders.map(async ({ orderId }) => payment(orderId)));
        for (const one of pending) expect(one).toMatchObject({ status: 'pending' });
        expect(Math.max(...pending.map((one) => one?.attempts ?? 0))).toBeGreaterThan(1);
      });
      expect((await service.app.inject('/health/ready')).statusCode).toBe(200);
      await world.provider.comeBack();
      for (const { orderId } of orders) {
        await eventually(async () => expect(await told(orderId)).toEqual(['paid']), 90_000);
        expect(await world.provider.chargesOf(orderId)).toHaveLength(1);
      }
    });
  });

  describe('when a replica is killed between the charge and what it would note of it', () => {
    it('leaves the payment to another one, and the card is charged once', async () => {
      await service.close();
      const token = await takeCardBy(world, NUMBERS.slow);
      const order = placed(token);
      const victim = await startReplica(world);
      await tell(order);
      await eventually(async () => expect(await world.provider.chargesOf(order.orderId)).toHaveLength(1), 90_000);
      victim.signal('SIGKILL');
      await victim.stop();
      service = await assembleIn(world);
      database = service.app.get<Kysely<PaymentsSchema>>(Kysely, { strict: false });
      expect(await told(order.orderId)).toEqual([]);
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']), 90_000);
      expect(await world.provider.chargesOf(order.orderId)).toHaveLength(1);
    });
  });

  it('is ready for its own version of the database, and for no other', async () => {
    const query = async (text: string) => sql.raw(text).execute(database);
    expect(await schemaReadiness({ query, assemble: async () => assembleIn(world) })).toEqual(SCHEMA_READINESS);
  });

  describe('when PostgreSQL is away', () => {
    it('is not ready, lives, and pays afterwards what was told meanwhile', async () => {
      const order = placed(await keep(NUMBERS.good));
      await world.postgres.store.goAway();
      await tell(order);
      await eventually(async () => expect((await service.app.inject('/health/ready')).statusCode).toBe(503));
      expect((await service.app.inject('/health/live')).statusCode).toBe(200);
      await world.postgres.store.comeBack();
      await eventually(async () => expect(await told(order.orderId)).toEqual(['paid']), 90_000);
      expect(await world.provider.chargesOf(order.orderId)).toHaveLength(1);
    });
  });

  /** Keeps a card without a replica that would charge anything afterwards. */
  async function takeCardBy(where: World, number: string): Promise<string> {
    const one = await assembleIn(where);
    try {
      const answer = await one.app.inject({
        method: 'POST',
        url: '/cards',
        headers: { authorization: marina },
        payload: { number, expiry: EXPIRY },
      });
      return answer.json<{ token: string }>().token;
    } finally {
      await one.close();
    }
  }
});
