import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kysely } from 'kysely';
import type { Service } from '@seaworthy/platform';
import { OutboxRelay } from '@seaworthy/platform/delivery';
import { environmentOf, eventually, secretsOf, ServiceProcess, TestIssuer } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import type { Order } from '../src/orders/order.schema.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';
import type { OrderEvent } from '../src/outbox/order-event.ts';
import { assembleOrders, COMPASS, Customer } from './orders.fixture.ts';
import { sourceOf, startStores } from './stores.fixture.ts';
import type { Stores } from './stores.fixture.ts';

jest.setTimeout(240_000);

describe('the outbox', () => {
  let stores: Stores;
  let service: Service;
  let marina: Customer;
  let database: Kysely<OrdersSchema>;

  beforeAll(async () => {
    stores = await startStores();
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

  const place = async () => (await marina.order(COMPASS)).json<Order>().id;
  const stored = async () => stores.nats.messages('ORDERS');
  const unpublished = async (): Promise<number> =>
    (await database.selectFrom('order_events').select('id').where('published_at', 'is', null).execute()).length;

  describe('when an order is placed and cancelled', () => {
    it('tells both to JetStream, in this order, as CloudEvents', async () => {
      const id = await place();
      await marina.post(`/orders/${id}/cancel`, undefined);
      await eventually(async () => expect((await stored()).filter(({ subject }) => subject.endsWith(id))).toHaveLength(2));
      const events = (await stored()).filter(({ subject }) => subject.endsWith(id));
      expect(events.map(({ subject }) => subject)).toEqual([`orders.placed.${id}`, `orders.cancelled.${id}`]);
      const [first] = events;
      expect(first?.data).toMatchObject({
        specversion: '1.0',
        id: first?.id,
        type: 'order.placed',
        sequence: 1,
        data: { orderId: id, owner: 'marina', totalCents: 18900 },
      });
      expect(first?.headers['traceparent']).toMatch(/^00-/);
    });
  });

  describe('when NATS is away', () => {
    it('takes orders all the same, says degraded, and tells them when it is back', async () => {
      await stores.nats.store.goAway();
      const ids = await Promise.all(Array.from({ length: 5 }, place));
      await marina.post(`/orders/${ids[0]}/cancel`, undefined);
      await eventually(async () =>
        expect((await marina.get('/health/ready')).json()).toMatchObject({ details: { nats: { status: 'degraded' } } }),
      );
      expect((await marina.get('/health/ready')).statusCode).toBe(200);
      expect(await unpublished()).toBe(6);
      await stores.nats.store.comeBack();
      await eventually(async () => expect(await unpublished()).toBe(0));
      const subjects = (await stored()).map(({ subject }) => subject);
      for (const id of ids) expect(subjects.filter((subject) => subject === `orders.placed.${id}`)).toHaveLength(1);
      expect(subjects.filter((subject) => subject.endsWith(ids[0] ?? ''))).toEqual([
        `orders.placed.${ids[0]}`,
        `orders.cancelled.${ids[0]}`,
      ]);
    });

    it('takes orders even while it hangs', async () => {
      await stores.nats.store.hang();
      expect((await marina.order(COMPASS)).statusCode).toBe(201);
      await stores.nats.store.goOn();
      await eventually(async () => expect(await unpublished()).toBe(0));
    });
  });

  describe('when relays are killed while they work', () => {
    it('publishes each event exactly once', async () => {
      // the relay of this process would do all the work
      await service.app.get(OutboxRelay, { strict: false }).beforeApplicationShutdown();
      const program = await bundleProgram(resolve(import.meta.dirname, '..'), 'test/fixtures/relay.service.ts');
      const options = { program, environment: environmentOf(stores), secrets: secretsOf(stores) };
      const before = await stored();
      const ids = await manyEvents(database, 600);
      const survivor = await ServiceProcess.start(options);
      try {
        for (let round = 0; round < 3; round += 1) {
          const victim = await ServiceProcess.start(options);
          await victim.line('connected to NATS');
          victim.signal('SIGKILL');
          await victim.stop();
        }
        await eventually(async () => expect(await unpublished()).toBe(0), 60_000);
      } finally {
        await survivor.stop();
      }
      const published = (await stored()).slice(before.length).map(({ data }) => (data as OrderEvent).id);
      expect(published.toSorted()).toEqual(ids.toSorted());
    });
  });
});

/** Events of one order and many sequences would be sent one by one: each has an order of its own here. */
async function manyEvents(database: Kysely<OrdersSchema>, count: number): Promise<string[]> {
  const orders = Array.from({ length: count }, () => ({
    id: crypto.randomUUID(),
    owner: 'marina',
    status: 'placed' as const,
    total_cents: 1,
    currency: 'EUR',
    placed_at: new Date(),
    version: 1,
  }));
  await database.insertInto('orders').values(orders).execute();
  const events = orders.map(({ id, owner }) => ({
    id: crypto.randomUUID(),
    order_id: id,
    sequence: 1,
    type: 'order.placed',
    data: JSON.stringify({ orderId: id, owner, status: 'placed', totalCents: 1, currency: 'EUR' }),
    trace: '{}',
    occurred_at: new Date(),
  }));
  await database.insertInto('order_events').values(events).execute();
  return events.map(({ id }) => id);
}
