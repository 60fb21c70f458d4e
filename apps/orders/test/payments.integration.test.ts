import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kysely } from 'kysely';
import { orderPlacedSchema } from '@seaworthy/contracts';
import type { Service } from '@seaworthy/platform';
import { eventually, TestIssuer } from '@seaworthy/testing';
import type { Order } from '../src/orders/order.schema.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';
import { PaymentReminder } from '../src/payments/payment.reminder.ts';
import { assembleOrders, COMPASS, Customer } from './orders.fixture.ts';
import { sourceOf, startStores, withoutEvents } from './stores.fixture.ts';
import type { Stores } from './stores.fixture.ts';

jest.setTimeout(180_000);

type Outcome = 'paid' | 'declined';

describe('orders that are paid with a card', () => {
  let stores: Stores;
  let service: Service;
  let database: Kysely<OrdersSchema>;
  let marina: Customer;

  beforeAll(async () => {
    stores = await startStores();
    await stores.nats.ensureStream('PAYMENTS', 'payments.>');
    const issuer = await TestIssuer.create();
    service = await assembleOrders(sourceOf(stores), issuer);
    marina = new Customer(service, await issuer.token('marina'));
    database = service.app.get<Kysely<OrdersSchema>>(Kysely, { strict: false });
    await eventually(async () => expect((await marina.get('/health/ready')).json()).toMatchObject({ status: 'ok' }));
  });
  afterAll(async () => {
    await service?.close();
    await stores?.stop();
  });

  const place = async (cardToken: string = randomUUID(), key: string = randomUUID()) =>
    marina.post('/orders', { lines: [{ productId: COMPASS, quantity: 2 }], cardToken }, { 'idempotency-key': key });
  const placed = async (cardToken?: string): Promise<Order> => (await place(cardToken)).json<Order>();
  const statusOf = async (id: string) => (await marina.get(`/orders/${id}`)).json<Order>().status;
  const stock = async () =>
    (await database.selectFrom('stock').select('available').where('product_id', '=', COMPASS).executeTakeFirstOrThrow()).available;
  const ended = (orderId: string, outcome: Outcome, id = randomUUID()) => ({
    specversion: '1.0',
    id,
    source: '/payments',
    type: `payment.${outcome}`,
    data: { orderId, paymentId: randomUUID(), outcome },
  });
  const tell = async (orderId: string, event: object) => stores.nats.send(`payments.ended.${orderId}`, JSON.stringify(event));
  const told = async (orderId: string) =>
    (await stores.nats.messages('ORDERS')).filter(({ subject }) => subject.endsWith(orderId)).map(({ subject }) => subject.split('.')[1]);
  const dead = async () => (await stores.nats.messages('DEAD_LETTERS').catch(() => [])).length;

  it('are being paid from the beginning, and payments is told with which card, and nobody else', async () => {
    const token = randomUUID();
    const order = await placed(token);
    expect(order.status).toBe('paying');
    await eventually(async () => expect(await told(order.id)).toEqual(['placed']));
    const [message] = (await stores.nats.messages('ORDERS')).filter(({ subject }) => subject.endsWith(order.id));
    expect(orderPlacedSchema.safeParse(message?.data)).toMatchObject({ success: true }); // as payments reads it
    expect(message?.data).toMatchObject({ type: 'order.placed', data: { cardToken: token, totalCents: 2 * 18_900, owner: 'marina' } });
    expect((await marina.get(`/orders/${order.id}`)).body).not.toContain(token);
  });

  it('are the same again under the same key, and another order with another card', async () => {
    const [token, key] = [randomUUID(), randomUUID()];
    const first = await place(token, key);
    expect((await place(token.toUpperCase(), key)).body).toBe(first.body);
    expect((await place(randomUUID(), key)).statusCode).toBe(422);
  });

  it.each(["' or 1=1", '', 'x'.repeat(36), '4242424242424242'])('refuses %j for a token', async (token) => {
    expect((await place(token)).statusCode).toBe(422);
  });

  it('end as paid, keep their stock, and their owner hears of it', async () => {
    const { id } = await placed();
    const before = await stock();
    await tell(id, ended(id, 'paid'));
    await eventually(async () => expect(await told(id)).toEqual(['placed', 'paid']));
    expect(await statusOf(id)).toBe('paid');
    expect(await stock()).toBe(before);
  });

  it('end as declined, and give their stock back, once, however often it is told', async () => {
    const before = await stock();
    const { id } = await placed();
    const event = ended(id, 'declined');
    await Promise.all(Array.from({ length: 10 }, async () => tell(id, event)));
    await eventually(async () => expect(await told(id)).toEqual(['placed', 'declined']));
    await tell(id, ended(id, 'declined'));
    const last = await placed();
    await tell(last.id, ended(last.id, 'paid'));
    await eventually(async () => expect(await statusOf(last.id)).toBe('paid'));
    expect(await statusOf(id)).toBe('declined');
    expect(await stock()).toBe(before - 2);
  });

  it.each<[string, Outcome | undefined]>([
    ['is under way', undefined],
    ['is paid', 'paid'],
    ['is declined', 'declined'],
  ])('are not cancelled when their payment %s', async (_, outcome) => {
    const { id } = await placed();
    if (outcome) {
      await tell(id, ended(id, outcome));
      await eventually(async () => expect(await statusOf(id)).toBe(outcome));
    }
    const before = await stock();
    expect((await marina.post(`/orders/${id}/cancel`, undefined)).json()).toMatchObject({
      status: 409,
      type: 'urn:seaworthy:problem:order-not-cancellable',
      orderStatus: outcome ?? 'paying',
    });
    expect(await stock()).toBe(before);
  });

  describe('when nothing is heard of a payment for long', () => {
    it('tell payments once more, until that ended', async () => {
      const remind = async (minutes: number) => service.app.get(PaymentReminder, { strict: false }).remind(Date.now() + minutes * 60_000);
      const { id } = await placed();
      await eventually(async () => expect(await told(id)).toEqual(['placed']));
      expect(await remind(0)).toBe(0);
      // a stream that has lost a message knows none of its id
      await database.updateTable('order_events').set({ id: randomUUID() }).where('order_id', '=', id).execute();
      expect(await remind(16)).toBeGreaterThan(0);
      await eventually(async () => expect(await told(id)).toEqual(['placed', 'placed']));
      await tell(id, ended(id, 'paid'));
      await eventually(async () => expect(await told(id)).toEqual(['placed', 'placed', 'paid']));
      const before = await database.selectFrom('order_events').select('published_at').where('order_id', '=', id).execute();
      await remind(32);
      expect(await database.selectFrom('order_events').select('published_at').where('order_id', '=', id).execute()).toEqual(before);
    });
  });

  describe('when a message', () => {
    it.each<[string, (id: string) => object]>([
      ['is of another kind', (id) => ({ ...ended(id, 'paid'), type: 'payment.refunded' })],
      ['is of another version', (id) => ({ ...ended(id, 'paid'), specversion: '2.0' })],
      ['names no outcome that there is', (id) => ({ ...ended(id, 'paid'), data: { orderId: id, paymentId: id, outcome: 'free' } })],
      ['is about an order that is not here', () => ended(randomUUID(), 'paid')],
      ['is a list', () => []],
    ])('%s: it is put aside, and changes nothing', async (_, make) => {
      const { id } = await placed();
      const before = await dead();
      await tell(id, make(id));
      await eventually(async () => expect(await dead()).toBe(before + 1));
      expect(await statusOf(id)).toBe('paying');
    });

    it('contradicts what is known: it is put aside', async () => {
      const { id } = await placed();
      await tell(id, ended(id, 'paid'));
      await eventually(async () => expect(await statusOf(id)).toBe('paid'));
      const before = await dead();
      await tell(id, ended(id, 'declined'));
      await eventually(async () => expect(await dead()).toBe(before + 1));
      expect(await statusOf(id)).toBe('paid');
    });

    it('speaks of an order that was never to be paid: it is put aside', async () => {
      const { id } = (await marina.order(COMPASS)).json<Order>();
      const before = await dead();
      await tell(id, ended(id, 'paid'));
      await eventually(async () => expect(await dead()).toBe(before + 1));
      expect(await statusOf(id)).toBe('placed');
    });

    it('could not be acted upon to its end: nothing of it is done or noted, and it counts when it is sent again', async () => {
      const { id } = await placed();
      const [event, before, left] = [ended(id, 'declined'), await stock(), await dead()];
      await withoutEvents(database, async () => {
        await tell(id, event);
        await eventually(async () => expect(await dead()).toBe(left + 1));
        expect(await statusOf(id)).toBe('paying');
        expect(await stock()).toBe(before);
      });
      await tell(id, event);
      await eventually(async () => expect(await statusOf(id)).toBe('declined'));
      expect(await stock()).toBe(before + 2);
    });

    it('comes while PostgreSQL is away: it is acted upon afterwards, whatever the number of attempts', async () => {
      const { id } = await placed();
      await stores.postgres.store.goAway();
      await tell(id, ended(id, 'paid'));
      await eventually(async () => expect((await marina.get('/health/ready')).statusCode).toBe(503));
      await stores.postgres.store.comeBack();
      await eventually(async () => expect(await statusOf(id)).toBe('paid'), 60_000);
    });
  });
});
