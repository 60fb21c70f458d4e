import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import type { Service } from '@seaworthy/platform';
import { eventually, SCHEMA_READINESS, schemaReadiness, TestIssuer } from '@seaworthy/testing';
import { badBodies, badTexts, operationsOf } from '@seaworthy/testing/fuzz';
import type { ApiDocument, Operation } from '@seaworthy/testing/fuzz';
import { NewOrder, NoBody } from '../src/orders/order.schema.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';
import { assembleOrders, COMPASS, NOTHING, SEXTANT } from './orders.fixture.ts';
import { sourceOf, startStores, written } from './stores.fixture.ts';
import type { Stores } from './stores.fixture.ts';

jest.setTimeout(180_000);

/** What each operation takes when it is right; an operation that is not here fails the test, so none is forgotten. */
const VALID: Record<string, { body?: unknown; accepts?: (body: unknown) => boolean }> = {
  'POST /orders': {
    body: {
      lines: [
        { productId: SEXTANT, quantity: 1 },
        { productId: COMPASS, quantity: 2 },
      ],
    },
    accepts: (body) => NewOrder.safeParse(body).success,
  },
  'GET /orders': {},
  'GET /orders/{id}': {},
  'POST /orders/{id}/cancel': { body: {}, accepts: (body) => NoBody.safeParse(body).success },
  'GET /orders/{id}/events': {},
};
const RUNS = 150;

describe('orders, when it is told nonsense', () => {
  let stores: Stores;
  let service: Service;
  let operations: Operation[];
  let token: string;
  let database: Kysely<OrdersSchema>;

  beforeAll(async () => {
    stores = await startStores();
    const issuer = await TestIssuer.create();
    service = await assembleOrders(sourceOf(stores), issuer);
    token = await issuer.token('marina', { expires: '1h' });
    database = service.app.get<Kysely<OrdersSchema>>(Kysely, { strict: false });
    await eventually(async () => expect((await service.app.inject('/health/ready')).json()).toMatchObject({ status: 'ok' }));
    operations = operationsOf((await service.app.inject('/openapi.json')).json<ApiDocument>());
  });

  afterAll(async () => {
    await service?.close();
    await stores?.stop();
  });

  const stored = async () => written(database);

  interface Sent {
    method: Operation['method'];
    url: string;
    headers?: Record<string, string>;
    payload?: Buffer;
  }

  /** Never a 5xx, always a problem that quotes nothing. */
  const refused = async ({ headers = {}, ...request }: Sent): Promise<number> => {
    const answer = await service.app.inject({
      ...request,
      headers: { authorization: `Bearer ${token}`, 'idempotency-key': randomUUID(), 'content-type': 'application/json', ...headers },
    });
    expect(answer.statusCode).toBeLessThan(500);
    if (answer.statusCode < 400) return answer.statusCode;
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.json()).toMatchObject({ type: expect.stringMatching(/^urn:seaworthy:problem:/), status: answer.statusCode });
    expect(answer.body).not.toMatch(/node_modules|select |insert |SyntaxError|\.ts:/i);
    return answer.statusCode;
  };

  /** The address with each parameter as given, the others as they should be. */
  const address = ({ path, parameters }: Operation, name?: string, value = ''): string => {
    const inPath = path.replaceAll(/\{(\w+)\}/g, (_, parameter: string) => (parameter === name ? value : NOTHING));
    const query = parameters.some((parameter) => parameter.in === 'query' && parameter.name === name);
    return query ? `${inPath}?${name}=${value}` : inPath;
  };

  it('is asked on every route that its document names', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(Object.keys(VALID).toSorted());
  });

  describe.each(Object.entries(VALID))('%s', (key, { body, accepts }) => {
    const operation = (): Operation => operations.find(({ method, path }) => `${method} ${path}` === key) as Operation;
    const payload = body === undefined ? {} : { payload: Buffer.from(JSON.stringify(body)) };

    it('refuses bodies that are nearly right, wrong, or no text, and stores nothing', async () => {
      if (!accepts) return expect(operation().hasBody).toBe(false);
      const before = await stored();
      const parse = (text: Buffer): unknown => {
        try {
          return JSON.parse(text.toString('utf8'));
        } catch {
          return Symbol('no JSON');
        }
      };
      await fc.assert(
        fc.asyncProperty(badBodies(body), async (bytes) => {
          fc.pre(bytes.length > 0 && !accepts(parse(bytes)));
          expect(await refused({ method: operation().method, url: address(operation()), payload: bytes })).toBeGreaterThanOrEqual(400);
        }),
        { numRuns: RUNS },
      );
      return expect(await stored()).toEqual(before);
    });

    it('refuses addresses, queries and headers that make no sense, and stores nothing', async () => {
      const before = await stored();
      const fields = operation().parameters.filter((parameter) => parameter.in !== 'header');
      const place = fc.constantFrom(...fields.map(({ name }) => name), 'nobody-asked', 'limit');
      await fc.assert(
        fc.asyncProperty(place, badTexts, fc.boolean(), async (name, text, twice) => {
          const url = fields.some((field) => field.name === name)
            ? address(operation(), name, text)
            : `${address(operation())}?${name}=${text}`;
          fc.pre(!/^[1-9]\d?$|^100$/.test(text));
          const again = twice ? `${url.includes('?') ? '&' : '?'}${name}=${text}` : '';
          // an order needs a key; without one nothing is stored, whatever else is accepted
          await refused({ method: operation().method, url: url + again, ...payload, headers: { 'idempotency-key': 'short' } });
        }),
        { numRuns: RUNS },
      );
      expect(await stored()).toEqual(before);
    });
  });

  it.each(['', 'short', 'x'.repeat(129), 'white space here', '"unfinished', 'ünïcödé-key', '../../etc', 'null\\u0000null'])(
    'takes no order with the key %j',
    async (key) => {
      const before = await stored();
      const sent = { method: 'POST' as const, url: '/orders', payload: Buffer.from(JSON.stringify(VALID['POST /orders']?.body)) };
      expect(await refused({ ...sent, headers: { 'idempotency-key': key } })).toBe(400);
      expect(await stored()).toEqual(before);
    },
  );

  it.each(['-1', '1e9', 'latest', '99999999999', '%00', 'ü'])('follows no order from the event %j', async (last) => {
    expect(await refused({ method: 'GET', url: `/orders/${NOTHING}/events`, headers: { 'last-event-id': last } })).toBe(400);
  });

  it('is ready for its own version of the database, and for no other', async () => {
    const readiness = await schemaReadiness({
      query: async (text) => sql.raw(text).execute(database),
      assemble: async () => assembleOrders(sourceOf(stores), await TestIssuer.create()),
    });
    expect(readiness).toEqual(SCHEMA_READINESS);
  });
});
