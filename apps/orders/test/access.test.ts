import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import type { Service } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import type { TokenOptions } from '@seaworthy/testing/issuer';
import { fieldFaults } from '@seaworthy/testing/fields';
import { KEY_PATTERN, readKey } from '../src/idempotency/idempotency-key.ts';
import { assembleOrders, COMPASS, Customer, NOTHING } from './orders.fixture.ts';

/** No store answers here: whatever gets past the guard and the schemas ends with 503, so 4xx means that it got no further. */
const NOWHERE = {
  environment: {
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: '1',
    DATABASE_NAME: 'x',
    DATABASE_USER: 'x',
    MESSAGING_HOST: '127.0.0.1',
    MESSAGING_PORT: '1',
    LOG_LEVEL: 'silent',
  },
  secret: (name: string) => (name === 'messaging-key' ? `SU${'A'.repeat(56)}` : 'unused'),
};
const ROUTES = [
  ['POST', '/orders'],
  ['GET', '/orders'],
  ['GET', `/orders/${NOTHING}`],
  ['POST', `/orders/${NOTHING}/cancel`],
  ['GET', `/orders/${NOTHING}/events`],
] as const;

describe('orders, before it asks any store', () => {
  let service: Service;
  let issuer: TestIssuer;

  beforeAll(async () => {
    issuer = await TestIssuer.create();
    service = await assembleOrders(NOWHERE, issuer);
  });
  afterAll(async () => {
    await service?.close();
  });

  const customer = async (options: TokenOptions = {}) => new Customer(service, await issuer.token('marina', options));
  const ask = async (method: 'GET' | 'POST', url: string, authorization?: string) =>
    service.app.inject({
      method,
      url,
      headers: { 'idempotency-key': 'k-12345678', ...(authorization !== undefined && { authorization }) },
      ...(url === '/orders' && method === 'POST' && { payload: { lines: [{ productId: COMPASS, quantity: 1 }] } }),
    });

  describe.each(ROUTES)('%s %s', (method, url) => {
    it('lets a customer in', async () => {
      expect((await ask(method, url, `Bearer ${await issuer.token('marina')}`)).statusCode).toBe(503);
    });

    it('refuses who shows no token', async () => {
      const answer = await ask(method, url);
      expect(answer.statusCode).toBe(401);
      expect(answer.headers['www-authenticate']).toBe('Bearer realm="seaworthy"');
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it.each<[string, TokenOptions]>([
      ['expired', { expires: 1 }],
      ['for another audience', { audience: 'https://elsewhere.example' }],
      ['of another issuer', { issuer: 'https://elsewhere.example' }],
      ['that says to be of the workload issuer', { issuer: ISSUERS.workloads }],
      ['that is no access token', { type: 'JWT' }],
      ['of an unknown key', { header: { kid: 'other' } }],
    ])('refuses a token %s', async (_case, options) => {
      expect((await ask(method, url, `Bearer ${await issuer.token('marina', options)}`)).statusCode).toBe(401);
    });

    it('refuses a token signed by a stranger', async () => {
      const stranger = await TestIssuer.create();
      expect((await ask(method, url, `Bearer ${await stranger.token('marina')}`)).statusCode).toBe(401);
    });

    it.each([
      ['none', 'none'],
      ['HMAC, with the public key as its secret', 'HS256'],
    ])('refuses a token whose algorithm is %s', async (_case, alg) => {
      expect((await ask(method, url, `Bearer ${forge(alg, issuer)}`)).statusCode).toBe(401);
    });

    it.each([[['developer']], [[]], [['Customer']], [['admin', 'orders']]])('refuses the roles %j', async (roles) => {
      const answer = await ask(method, url, `Bearer ${await issuer.token('marina', { roles })}`);
      expect(answer.json()).toMatchObject({ status: 403, type: 'urn:seaworthy:problem:forbidden' });
    });
  });

  it('refuses every field of every route in every way, before any store is asked', async () => {
    const headers = { 'idempotency-key': 'k-12345678' };
    const path = { id: NOTHING };
    const right = {
      'POST /orders': { status: 503, headers, body: { lines: [{ productId: COMPASS, quantity: 1 }] } },
      'GET /orders': { status: 503, query: { limit: '5' } },
      'GET /orders/{id}': { status: 503, path },
      'POST /orders/{id}/cancel': { status: 503, path, body: {} },
      'GET /orders/{id}/events': { status: 503, path, headers: { 'last-event-id': '1' } },
    };
    const document = (await service.app.inject('/openapi.json')).json<object>();
    expect(await fieldFaults(service.app, document, right, { authorization: `Bearer ${await issuer.token('marina')}` })).toEqual([]);
  });

  it('has no route that says nothing of who may call it', async () => {
    const { paths } = (await service.app.inject({ url: '/openapi.json' })).json<{ paths: Record<string, object> }>();
    const described = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.toSorted()).toEqual(ROUTES.map(([method, url]) => `${method} ${url.replace(NOTHING, '{id}')}`).toSorted());
  });

  describe('the patterns of its description', () => {
    it('are of a kind that every engine reads', async () => {
      const patterns = patternsOf((await service.app.inject('/openapi.json')).json());
      expect(patterns).toContain(KEY_PATTERN);
      expect(patterns.filter((pattern) => /\(\?(?!:)|\\[1-9k]/.test(pattern))).toEqual([]);
    });

    it.each([
      ['k-12345678', 'k-12345678'],
      ['"k-12345678"', 'k-12345678'],
      ['A_z.9:~-', 'A_z.9:~-'],
      ['a'.repeat(128), 'a'.repeat(128)],
      [`"${'a'.repeat(128)}"`, 'a'.repeat(128)],
      ['', undefined],
      ['short', undefined],
      ['a'.repeat(129), undefined],
      ['"k-12345678', undefined],
      ['k-12345678"', undefined],
      ['""k-12345678""', undefined],
      ['k-1234"5678', undefined],
      ['k-12345678\n', undefined],
      ['k-1234 5678', undefined],
      ['äöüäöüäöü', undefined],
    ])('say of the key %j what is done with it', (header, key) => {
      expect(new RegExp(KEY_PATTERN, 'u').test(header)).toBe(key !== undefined);
      if (key === undefined) expect(() => readKey(header)).toThrow(expect.objectContaining({ code: 'IDEMPOTENCY_KEY_INVALID' }));
      else expect(readKey(header)).toBe(key);
    });
  });

  describe('when an order says more than a customer may choose', () => {
    it.each([
      ['its owner', { owner: 'nemo' }],
      ['its id', { id: NOTHING }],
      ['its status', { status: 'paid' }],
      ['its total', { totalCents: 1 }],
      ['its version', { version: 9 }],
    ])('refuses %s with 422', async (_case, extra) => {
      const answer = await (
        await customer()
      ).post('/orders', { lines: [{ productId: COMPASS, quantity: 1 }], ...extra }, { 'idempotency-key': 'k-12345678' });
      expect(answer.json()).toMatchObject({ status: 422, type: 'urn:seaworthy:problem:validation-failed' });
    });

    it.each([['price'], ['priceCents'], ['name'], ['available']])('refuses %s in a line with 422', async (field) => {
      const answer = await (
        await customer()
      ).post('/orders', { lines: [{ productId: COMPASS, quantity: 1, [field]: 1 }] }, { 'idempotency-key': 'k-12345678' });
      expect(answer.statusCode).toBe(422);
    });
  });

  describe('when a body is bad', () => {
    const line = { productId: COMPASS, quantity: 1 };
    it.each<[string, unknown]>([
      ['no lines', { lines: [] }],
      ['missing lines', {}],
      ['lines that are no list', { lines: line }],
      ['too many lines', { lines: Array.from({ length: 21 }, () => line) }],
      ['one product twice', { lines: [line, { ...line, productId: COMPASS.toUpperCase() }] }],
      ['zero pieces', { lines: [{ ...line, quantity: 0 }] }],
      ['negative pieces', { lines: [{ ...line, quantity: -1 }] }],
      ['huge pieces', { lines: [{ ...line, quantity: 1e308 }] }],
      ['more pieces than anybody needs', { lines: [{ ...line, quantity: 101 }] }],
      ['half a piece', { lines: [{ ...line, quantity: 0.5 }] }],
      ['pieces as text', { lines: [{ ...line, quantity: '1' }] }],
      ['no pieces', { lines: [{ productId: COMPASS }] }],
      ['a product id with a null byte', { lines: [{ ...line, productId: `${COMPASS}\0` }] }],
      ['a product id that is none', { lines: [{ ...line, productId: "' or 1=1 --" }] }],
      ['a product id that is an object', { lines: [{ ...line, productId: { $ne: '' } }] }],
      ['a list', [line]],
      ['nothing', null],
    ])('refuses %s with 422', async (_case, payload) => {
      const headers = { 'idempotency-key': 'k-12345678', 'content-type': 'application/json' };
      const answer = await (await customer()).post('/orders', JSON.stringify(payload), headers);
      expect(answer.statusCode).toBe(422);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it.each<[string, Buffer | string, string, number]>([
      ['no JSON', '{', 'application/json', 400],
      ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 'application/json', 400],
      ['__proto__', '{"__proto__":{"owner":"nemo"},"lines":[]}', 'application/json', 400],
      ['a prototype', '{"constructor":{"prototype":{"owner":"nemo"}},"lines":[]}', 'application/json', 400],
      ['another type', 'lines=1', 'application/xml', 415],
      ['a form', 'lines=1', 'application/x-www-form-urlencoded', 415],
      ['more than it may', JSON.stringify({ lines: 'x'.repeat(10_000) }), 'application/json', 413],
      ['deep nesting', '['.repeat(4_000) + ']'.repeat(4_000), 'application/json', 422],
    ])('refuses %s', async (_case, payload, type, status) => {
      const answer = await (await customer()).post('/orders', payload, { 'idempotency-key': 'k-12345678', 'content-type': type });
      expect(answer.statusCode).toBe(status);
    });

    it('refuses a cancellation that says more', async () => {
      expect((await (await customer()).post(`/orders/${NOTHING}/cancel`, { refund: 1_000_000 })).statusCode).toBe(422);
    });
  });

  describe('when the Idempotency-Key is bad', () => {
    it.each([
      ['missing', {}, 'idempotency-key-missing'],
      ['empty', { 'idempotency-key': '' }, 'idempotency-key-invalid'],
      ['short', { 'idempotency-key': 'abc' }, 'idempotency-key-invalid'],
      ['long', { 'idempotency-key': 'a'.repeat(129) }, 'idempotency-key-invalid'],
      ['two in one', { 'idempotency-key': 'aaaaaaaa, bbbbbbbb' }, 'idempotency-key-invalid'],
      ['half quoted', { 'idempotency-key': '"aaaaaaaa' }, 'idempotency-key-invalid'],
      ['no text', { 'idempotency-key': 'äöüäöüäöü' }, 'idempotency-key-invalid'],
    ])('refuses one that is %s with 400', async (_case, headers, code) => {
      const answer = await (await customer()).post('/orders', { lines: [{ productId: COMPASS, quantity: 1 }] }, headers);
      expect(answer.json()).toMatchObject({ status: 400, type: `urn:seaworthy:problem:${code}` });
    });
  });

  describe('when an address is bad', () => {
    const bad = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    it.each([
      '/orders?limit=0',
      '/orders?limit=-1',
      '/orders?limit=99999999999999999999',
      '/orders?limit=ten',
      '/orders?limit=1&limit=2',
      '/orders?owner=nemo',
      '/orders?cursor=AAAA',
      '/orders?cursor=%00',
      '/orders?cursor=%ff',
      `/orders?cursor=${bad({ placedAt: '2026-01-01T00:00:00.000Z', id: NOTHING, owner: 'nemo' })}`,
      `/orders?cursor=${bad({ placedAt: 'yesterday', id: NOTHING })}`,
      '/orders/1',
      '/orders/%00',
      '/orders/%ff',
      "/orders/1'%20or%20'1'='1",
      `/orders/${'a'.repeat(150)}`,
      '/orders/1/events',
    ])('refuses %s with 400', async (url) => {
      expect((await (await customer()).get(url)).statusCode).toBe(400);
    });

    it.each(['-1', '1.5', '99999999999999', "1'", '%00', 'a'.repeat(2_000)])('refuses %s as Last-Event-ID', async (id) => {
      expect((await (await customer()).get(`/orders/${NOTHING}/events`, { 'last-event-id': id })).statusCode).toBe(400);
    });

    it.each(['PUT', 'PATCH', 'DELETE'] as const)('has no route for %s', async (method) => {
      const authorization = `Bearer ${await issuer.token('marina')}`;
      expect((await service.app.inject({ method, url: `/orders/${NOTHING}`, headers: { authorization } })).statusCode).toBe(404);
    });
  });
});

/** Every `pattern` of a document, wherever it stands. */
function patternsOf(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return [];
  return Object.entries(part).flatMap(([name, value]) => (name === 'pattern' && typeof value === 'string' ? [value] : patternsOf(value)));
}

/** A token that nobody signed, or that is "signed" with what everybody knows. */
function forge(alg: string, { jwks }: TestIssuer): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: ISSUERS.people,
    aud: AUDIENCE,
    sub: 'marina',
    client_id: 'x',
    jti: 'x',
    roles: ['customer'],
    iat: now,
    exp: now + 300,
  };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode({ alg, typ: 'at+jwt', kid: 'test' })}.${encode(claims)}`;
  const signature = alg === 'none' ? '' : createHmac('sha256', JSON.stringify(jwks.keys[0])).update(text).digest('base64url');
  return `${text}.${signature}`;
}
