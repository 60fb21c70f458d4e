import { Writable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ISSUERS } from '@seaworthy/contracts';
import type { Service } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import type { TokenOptions } from '@seaworthy/testing/issuer';
import { fieldFaults } from '@seaworthy/testing/fields';
import { assemblePayments, EXPIRY, NUMBERS } from './payments.fixture.ts';

/** No store answers here: whatever gets past the guard and the schemas ends with 503, so 4xx means that it got no further. */
const NOWHERE = {
  environment: {
    DATABASE_HOST: '127.0.0.1',
    DATABASE_PORT: '1',
    DATABASE_NAME: 'x',
    DATABASE_USER: 'x',
    MESSAGING_HOST: '127.0.0.1',
    MESSAGING_PORT: '1',
    PROVIDER_URL: 'https://127.0.0.1:1',
    LOG_LEVEL: 'trace',
  },
  secret: (name: string) => ({ 'messaging-key': `SU${'A'.repeat(56)}`, 'card-keys': 'A'.repeat(43) })[name] ?? 'unused',
};
const CARD = { number: NUMBERS.good, expiry: EXPIRY, securityCode: '737' };
const ROUTES = [
  ['POST', '/cards'],
  ['GET', '/cards'],
] as const;

describe('payments, before it asks any store', () => {
  let service: Service;
  let issuer: TestIssuer;
  let log = '';

  beforeAll(async () => {
    issuer = await TestIssuer.create();
    const logDestination = new Writable({ write: (chunk, _encoding, done) => ((log += String(chunk)), done()) });
    service = await assemblePayments(NOWHERE, { issuer }, { logDestination });
  });
  afterAll(async () => {
    await service?.close();
  });

  const ask = async (method: 'GET' | 'POST', authorization?: string, payload: unknown = CARD, url = '/cards') =>
    service.app.inject({
      method,
      url,
      headers: { ...(authorization !== undefined && { authorization }), ...(method === 'POST' && { 'content-type': 'application/json' }) },
      ...(method === 'POST' && { payload: typeof payload === 'string' || Buffer.isBuffer(payload) ? payload : JSON.stringify(payload) }),
    });
  const bearer = async (options?: TokenOptions) => `Bearer ${await issuer.token('marina', options)}`;

  describe.each(ROUTES)('%s %s', (method, url) => {
    it('lets a customer in', async () => expect((await ask(method, await bearer(), CARD, url)).statusCode).toBe(503));

    it('refuses who shows no token', async () => expect((await ask(method, undefined, CARD, url)).statusCode).toBe(401));

    it.each<[string, TokenOptions]>([
      ['expired', { expires: 1 }],
      ['for another audience', { audience: 'https://elsewhere.example' }],
      ['of another issuer', { issuer: 'https://elsewhere.example' }],
      ['that says to be of the workload issuer', { issuer: ISSUERS.workloads }],
      ['that is no access token', { type: 'JWT' }],
    ])('refuses a token %s', async (_case, options) => expect((await ask(method, await bearer(options), CARD, url)).statusCode).toBe(401));

    it.each([[['developer']], [[]], [['operator']]])('refuses the roles %j', async (roles) =>
      expect((await ask(method, await bearer({ roles }), CARD, url)).statusCode).toBe(403),
    );
  });

  it('refuses every field of every route in every way, before any store is asked', async () => {
    const right = { 'POST /cards': { status: 503, body: CARD }, 'GET /cards': { status: 503 } };
    const document = (await service.app.inject('/openapi.json')).json<object>();
    expect(await fieldFaults(service.app, document, right, { authorization: await bearer() })).toEqual([]);
  });

  it('has no route that says nothing of who may call it', async () => {
    const { paths } = (await service.app.inject({ url: '/openapi.json' })).json<{ paths: Record<string, object> }>();
    const described = Object.entries(paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`));
    expect(described.toSorted()).toEqual(ROUTES.map(([method, url]) => `${method} ${url}`).toSorted());
  });

  it.each<[string, unknown]>([
    ['no number', { ...CARD, number: undefined }],
    ['a number with one digit wrong', { ...CARD, number: '4242424242424241' }],
    ['a number that is a number', { ...CARD, number: 4_242_424_242_424_242 }],
    ['a number with a null byte', { ...CARD, number: `${CARD.number}\0` }],
    ['a number that is a list', { ...CARD, number: [CARD.number] }],
    ['a number of 10,000 digits', { ...CARD, number: '4'.repeat(900) }],
    ['no expiry', { ...CARD, expiry: undefined }],
    ['a month that is over', { ...CARD, expiry: '2020-01' }],
    ['a month that is none', { ...CARD, expiry: '2099-13' }],
    ['an expiry as printed', { ...CARD, expiry: '12/99' }],
    ['a security code of letters', { ...CARD, securityCode: 'abc' }],
    ['a security code that is a number', { ...CARD, securityCode: 737 }],
    ['a long security code', { ...CARD, securityCode: '12345' }],
    ['its owner', { ...CARD, owner: 'nemo' }],
    ['its token', { ...CARD, token: '00000000-0000-4000-8000-000000000000' }],
    ['its last four digits', { ...CARD, lastFour: '0000' }],
    ['a name', { ...CARD, holder: 'Marina' }],
    ['a list', [CARD]],
    ['nothing', null],
  ])('refuses %s with 422, and repeats none of it', async (_case, payload) => {
    const answer = await ask('POST', await bearer(), payload);
    expect(answer.json()).toMatchObject({ status: 422, type: 'urn:seaworthy:problem:validation-failed' });
    expect(answer.body).not.toContain('42424242');
  });

  it.each<[string, Buffer | string, number]>([
    ['no JSON', `{"number":"${CARD.number}`, 400],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), 400],
    ['__proto__', `{"__proto__":{"owner":"nemo"},"number":"${CARD.number}","expiry":"${EXPIRY}"}`, 400],
    ['more than it may', JSON.stringify({ ...CARD, number: CARD.number.padEnd(2_000) }), 413],
  ])('refuses %s', async (_case, payload, status) => expect((await ask('POST', await bearer(), payload)).statusCode).toBe(status));

  it.each(['/cards?owner=nemo', '/cards?limit=1', '/cards?%00'])('refuses the query of %s', async (url) =>
    expect((await ask('GET', await bearer(), undefined, url)).statusCode).toBe(400),
  );

  it.each(['/cards/00000000-0000-4000-8000-000000000000', '/payments', '/charges'])('has nothing at %s', async (url) =>
    expect((await ask('GET', await bearer(), undefined, url)).statusCode).toBe(404),
  );

  it('has logged each of these requests, and neither a number nor a security code', () => {
    expect(log.match(/"msg":"request"/g)?.length).toBeGreaterThan(30);
    // not as part of a time, a duration or an id, where any three digits may stand
    expect(log).not.toMatch(/42424242|securityCode|(?<![\w.+/-])737(?![\w.+/-])/);
  });
});
