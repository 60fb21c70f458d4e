import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import type { Service } from '@seaworthy/platform';
import { RowSweeper } from '@seaworthy/platform/database';
import { eventually, TestIssuer } from '@seaworthy/testing';
import type { Order, OrderPage } from '../src/orders/order.schema.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';
import { assembleOrders, COMPASS, Customer, NOTHING, SEXTANT } from './orders.fixture.ts';
import { heldBack, sourceOf, startStores, withoutEvents, written } from './stores.fixture.ts';
import type { Stores } from './stores.fixture.ts';

jest.setTimeout(180_000);

/** What a customer sees of an order, and of a line; all else that a row holds stays inside. */
const SHOWN = {
  order: ['currency', 'id', 'lines', 'placedAt', 'status', 'totalCents'],
  line: ['name', 'priceCents', 'productId', 'quantity'],
};
const propertiesOf = (order: Order | undefined) => ({
  order: Object.keys(order ?? {}).toSorted(),
  line: Object.keys(order?.lines[0] ?? {}).toSorted(),
});

describe('orders, on the project’s own PostgreSQL and NATS', () => {
  let stores: Stores;
  let one: Service;
  let two: Service;
  let database: Kysely<OrdersSchema>;
  let marina: Customer;
  let nemo: Customer;

  beforeAll(async () => {
    stores = await startStores();
    const issuer = await TestIssuer.create();
    [one, two] = [await assembleOrders(sourceOf(stores), issuer), await assembleOrders(sourceOf(stores), issuer)];
    marina = new Customer(one, await issuer.token('marina'));
    nemo = new Customer(two, await issuer.token('nemo'));
    database = one.app.get<Kysely<OrdersSchema>>(Kysely, { strict: false });
    await eventually(async () => expect((await marina.get('/health/ready')).json()).toMatchObject({ status: 'ok' }));
  });

  afterAll(async () => {
    await Promise.all([one?.close(), two?.close()]);
    await stores?.stop();
  });

  const stockOf = async (product: string): Promise<number> =>
    (await database.selectFrom('stock').select('available').where('product_id', '=', product).executeTakeFirstOrThrow()).available;
  const setStock = async (product: string, available: number) =>
    database.updateTable('stock').set({ available }).where('product_id', '=', product).execute();
  const ordersOf = async (owner: string): Promise<number> =>
    (await database.selectFrom('orders').select('id').where('owner', '=', owner).execute()).length;

  describe('when a customer orders', () => {
    it('takes the order at its own price, reserves the stock, and shows it', async () => {
      const before = await stockOf(COMPASS);
      const answer = await marina.post(
        '/orders',
        {
          lines: [
            { productId: SEXTANT, quantity: 1 },
            { productId: COMPASS, quantity: 2 },
          ],
        },
        { 'idempotency-key': randomUUID() },
      );
      expect(answer.statusCode).toBe(201);
      const order = answer.json<Order>();
      expect(order).toMatchObject({
        status: 'placed',
        totalCents: 64900 + 2 * 18900,
        currency: 'EUR',
        lines: [{ productId: COMPASS }, {}],
      });
      expect(answer.headers['location']).toBe(`/orders/${order.id}`);
      expect(propertiesOf(order)).toEqual(SHOWN);
      expect(await stockOf(COMPASS)).toBe(before - 2);
      expect((await marina.at(two).get(`/orders/${order.id}`)).json()).toEqual(order);
      expect((await marina.get(`/orders/${order.id.toUpperCase()}`)).json()).toEqual(order);
    });

    it('refuses what is not sold here, and reserves nothing', async () => {
      const before = await stockOf(COMPASS);
      const lines = [
        { productId: COMPASS, quantity: 1 },
        { productId: NOTHING, quantity: 1 },
      ];
      const answer = await marina.post('/orders', { lines }, { 'idempotency-key': randomUUID() });
      expect(answer.json()).toMatchObject({ status: 422, type: 'urn:seaworthy:problem:unknown-product', products: [NOTHING] });
      expect(await stockOf(COMPASS)).toBe(before);
    });

    it('lists orders a page at a time, each once, the latest first', async () => {
      const issued = await Promise.all(Array.from({ length: 7 }, async () => (await nemo.order(COMPASS)).json<Order>().id));
      const seen: string[] = [];
      for (let next: string | null = ''; next !== null;) {
        const page: OrderPage = (await nemo.get(`/orders?limit=3${next && `&cursor=${next}`}`)).json();
        expect(propertiesOf(page.items[0])).toEqual(SHOWN);
        seen.push(...page.items.map(({ id }) => id));
        next = page.next;
      }
      expect(seen.toSorted()).toEqual(issued.toSorted());
    });
  });

  describe('when the order is another’s', () => {
    it('is as if it were not there, on every route', async () => {
      const { id } = (await marina.order(COMPASS)).json<Order>();
      const answers = [
        await nemo.get(`/orders/${id}`),
        await nemo.post(`/orders/${id}/cancel`, undefined),
        await nemo.get(`/orders/${id}/events`),
      ];
      const missing = await nemo.get(`/orders/${NOTHING}`);
      for (const answer of answers)
        expect({ ...answer.json<object>(), requestId: '' }).toEqual({ ...missing.json<object>(), requestId: '' });
      expect(missing.statusCode).toBe(404);
      expect((await nemo.get('/orders?limit=100')).body).not.toContain(id);
      expect((await marina.get(`/orders/${id}`)).json()).toMatchObject({ status: 'placed' });
    });
  });

  describe('when the same key is posted a hundred times at once, to two replicas', () => {
    it('places one order and gives everybody the same answer', async () => {
      const [key, before, stock] = [randomUUID(), await ordersOf('marina'), await stockOf(SEXTANT)];
      const answers = await Promise.all(
        Array.from({ length: 100 }, async (_, index) => marina.at(index % 2 ? one : two).order(SEXTANT, 1, key)),
      );
      expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
      expect(answers[0]?.statusCode).toBe(201);
      expect(await ordersOf('marina')).toBe(before + 1);
      expect(await stockOf(SEXTANT)).toBe(stock - 1);
    });
  });

  describe('when a key comes again', () => {
    it('gives the same answer to the same body, however it is written', async () => {
      const key = randomUUID();
      const first = await marina.order(COMPASS, 3, key);
      const text = `{ "lines": [ {"quantity":3,\n"productId":"${COMPASS.toUpperCase()}"} ] }`;
      const again = await marina.at(two).post('/orders', text, { 'idempotency-key': `"${key}"`, 'content-type': 'application/json' });
      expect(again.body).toBe(first.body);
      expect(again.headers['location']).toBe(first.headers['location']);
    });

    it('refuses another body with 422', async () => {
      const key = randomUUID();
      await marina.order(COMPASS, 1, key);
      expect((await marina.order(COMPASS, 2, key)).json()).toMatchObject({
        status: 422,
        type: 'urn:seaworthy:problem:idempotency-key-reused',
      });
    });

    it('is another key when it is another customer’s', async () => {
      const key = randomUUID();
      const [hers, his] = [await marina.order(COMPASS, 1, key), await nemo.order(COMPASS, 1, key)];
      expect(his.statusCode).toBe(201);
      expect(his.json<Order>().id).not.toBe(hers.json<Order>().id);
    });

    it('remembers a refusal as well', async () => {
      await setStock(SEXTANT, 0);
      const key = randomUUID();
      const first = await marina.order(SEXTANT, 1, key);
      expect(first.json()).toMatchObject({ status: 409, type: 'urn:seaworthy:problem:out-of-stock', products: [SEXTANT] });
      await setStock(SEXTANT, 1_000);
      const again = await marina.order(SEXTANT, 1, key);
      expect({ ...again.json<object>(), requestId: '' }).toEqual({ ...first.json<object>(), requestId: '' });
      expect((await marina.order(SEXTANT)).statusCode).toBe(201);
    });

    it('is forgotten after a day', async () => {
      const key = randomUUID();
      const first = await marina.order(COMPASS, 1, key);
      const sweeper = one.app.get(RowSweeper, { strict: false });
      await sweeper.sweep(Date.now() + 23 * 3_600_000);
      expect((await marina.order(COMPASS, 1, key)).body).toBe(first.body);
      await sweeper.sweep(Date.now() + 25 * 3_600_000);
      expect((await marina.order(COMPASS, 1, key)).json<Order>().id).not.toBe(first.json<Order>().id);
    });
  });

  describe('when a key is older than a day, and its row has not been removed yet', () => {
    const aged = async (): Promise<{ key: string; id: string }> => {
      const key = randomUUID();
      const { id } = (await marina.order(COMPASS, 1, key)).json<Order>();
      const created_at = new Date(Date.now() - 25 * 3_600_000);
      await database.updateTable('idempotency_keys').set({ created_at }).where('key', '=', key).execute();
      return { key, id };
    };

    it('is new: another order is placed, and that one is the key’s from then on', async () => {
      const { key, id } = await aged();
      const answer = await marina.order(COMPASS, 2, key);
      expect(answer.statusCode).toBe(201);
      expect(answer.json<Order>().id).not.toBe(id);
      expect((await marina.at(two).order(COMPASS, 2, key)).body).toBe(answer.body);
      expect((await marina.order(COMPASS, 1, key)).statusCode).toBe(422);
    });

    it('is new once, however often it comes at once, to two replicas, and while old rows are removed', async () => {
      const [{ key, id }, before] = [await aged(), await ordersOf('marina')];
      const sweeper = one.app.get(RowSweeper, { strict: false });
      const [answers] = await Promise.all([
        Promise.all(Array.from({ length: 40 }, async (_, index) => marina.at(index % 2 ? one : two).order(COMPASS, 1, key))),
        sweeper.sweep(),
      ]);
      expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
      expect(answers[0]?.statusCode).toBe(201);
      expect(answers[0]?.json<Order>().id).not.toBe(id);
      expect(await ordersOf('marina')).toBe(before + 1);
    });

    it('stays as it is when placing the other order fails', async () => {
      const { key, id } = await aged();
      await withoutEvents(database, async () => expect((await marina.order(COMPASS, 2, key)).statusCode).toBe(500));
      const { answer } = await database.selectFrom('idempotency_keys').select('answer').where('key', '=', key).executeTakeFirstOrThrow();
      expect(answer).toMatchObject({ status: 201, body: { id } });
      expect((await marina.order(COMPASS, 2, key)).statusCode).toBe(201);
    });
  });

  describe('when the first request with a key takes long', () => {
    it('answers the second with 409 and Retry-After, and the same key works afterwards', async () => {
      const key = randomUUID();
      const held = database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('idempotency_keys')
          .values({ owner: 'marina', key, request_hash: 'x', answer: null, created_at: new Date() })
          .execute();
        const answer = await marina.at(two).order(COMPASS, 1, key);
        expect(answer.json()).toMatchObject({ status: 409, type: 'urn:seaworthy:problem:idempotency-in-progress' });
        expect(answer.headers['retry-after']).toBe('1');
        throw new Error('the first one fails');
      });
      await expect(held).rejects.toThrow('the first one fails');
      expect((await marina.order(COMPASS, 1, key)).statusCode).toBe(201);
    });
  });

  describe('when fifty want the last ten pieces at once', () => {
    it('sells exactly ten', async () => {
      await setStock(SEXTANT, 10);
      const answers = await Promise.all(Array.from({ length: 50 }, async (_, index) => (index % 2 ? marina : nemo).order(SEXTANT)));
      const count = (status: number) => answers.filter(({ statusCode }) => statusCode === status).length;
      expect({ sold: count(201), refused: count(409) }).toEqual({ sold: 10, refused: 40 });
      expect(await stockOf(SEXTANT)).toBe(0);
    });

    it('never waits crosswise, whatever the order of the lines', async () => {
      await Promise.all([setStock(SEXTANT, 1_000), setStock(COMPASS, 1_000)]);
      const lines = [
        { productId: SEXTANT, quantity: 1 },
        { productId: COMPASS, quantity: 1 },
      ];
      const answers = await Promise.all(
        Array.from({ length: 40 }, async (_, index) =>
          (index % 2 ? marina : nemo).post(
            '/orders',
            { lines: index % 4 < 2 ? lines : lines.toReversed() },
            { 'idempotency-key': randomUUID() },
          ),
        ),
      );
      expect(new Set(answers.map(({ statusCode }) => statusCode))).toEqual(new Set([201]));
      expect([await stockOf(SEXTANT), await stockOf(COMPASS)]).toEqual([960, 960]);
    });
  });

  describe('when an order is slow to be written', () => {
    it('keeps nobody waiting who wants the same product', async () => {
      let slow: Promise<unknown> | undefined;
      await heldBack(database, 'nemo', async () => {
        slow = nemo.order(COMPASS);
        const waiting = sql<{ query: string }>`select query from pg_stat_activity where wait_event = 'PgSleep'`;
        await eventually(async () => expect((await waiting.execute(database)).rows).toEqual([{ query: expect.stringMatching(/^insert/) }]));
        expect((await marina.order(COMPASS)).statusCode).toBe(201);
      });
      await slow;
    });
  });

  describe('when an order is cancelled', () => {
    it('gives its stock back, once, however often and wherever it is asked', async () => {
      const before = await stockOf(COMPASS);
      const { id } = (await marina.order(COMPASS, 5)).json<Order>();
      const answers = await Promise.all(
        Array.from({ length: 10 }, async (_, index) => marina.at(index % 2 ? one : two).post(`/orders/${id}/cancel`, undefined)),
      );
      expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
      expect(answers[0]?.json()).toMatchObject({ id, status: 'cancelled' });
      expect(propertiesOf(answers[0]?.json<Order>())).toEqual(SHOWN);
      expect(await stockOf(COMPASS)).toBe(before);
      expect((await nemo.post(`/orders/${id}/cancel`, {})).statusCode).toBe(404);
    });
  });

  describe('when what happened cannot be written down for others to hear', () => {
    it('leaves nothing of the order: no line, no reservation, no key; the same key works afterwards', async () => {
      const [key, before] = [randomUUID(), await written(database)];
      await withoutEvents(database, async () => {
        expect((await marina.order(COMPASS, 3, key)).json()).toMatchObject({ status: 500, type: 'urn:seaworthy:problem:unexpected' });
        expect(await written(database)).toEqual(before);
      });
      expect((await marina.order(COMPASS, 3, key)).statusCode).toBe(201);
    });

    it('cancels nothing, and gives no stock back', async () => {
      const { id } = (await marina.order(COMPASS, 3)).json<Order>();
      const before = await written(database);
      await withoutEvents(database, async () => {
        expect((await marina.post(`/orders/${id}/cancel`, undefined)).statusCode).toBe(500);
        expect((await marina.get(`/orders/${id}`)).json()).toMatchObject({ status: 'placed' });
        expect(await written(database)).toEqual(before);
      });
      expect((await marina.post(`/orders/${id}/cancel`, undefined)).json()).toMatchObject({ status: 'cancelled' });
    });
  });

  describe('when PostgreSQL is away', () => {
    it('is not ready, lives, says 503, and recovers by itself; a key that was refused so works afterwards', async () => {
      const key = randomUUID();
      await stores.postgres.store.goAway();
      expect((await marina.get('/health/ready')).json()).toMatchObject({ status: 503, details: { postgres: { status: 'down' } } });
      expect((await marina.get('/health/live')).statusCode).toBe(200);
      expect((await marina.order(COMPASS, 1, key)).json()).toMatchObject({ status: 503, type: 'urn:seaworthy:problem:unavailable' });
      await stores.postgres.store.comeBack();
      await eventually(async () => expect((await marina.get('/health/ready')).statusCode).toBe(200));
      expect((await marina.order(COMPASS, 1, key)).statusCode).toBe(201);
    });
  });
});
