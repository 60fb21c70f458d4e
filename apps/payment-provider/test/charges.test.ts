import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLocalJWKSet } from 'jose';
import { ISSUERS } from '@seaworthy/contracts';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { Service } from '@seaworthy/platform';
import { TestIssuer } from '@seaworthy/testing/issuer';
import { fieldFaults } from '@seaworthy/testing/fields';
import { TEST_CARDS } from '../src/charges/test-cards.ts';
import { ProviderModule } from '../src/provider.module.ts';
import { PROVIDER_OPTIONS } from '../src/provider.service-options.ts';

const NUMBER = '4242424242424242';
const CHARGE = {
  reference: '00000000-0000-4000-8000-000000000000',
  amountCents: 1_000,
  currency: 'EUR',
  card: { number: NUMBER, expiry: '2099-12' },
};

describe('the payment provider', () => {
  let folder: string;
  let service: Service;
  let issuer: TestIssuer;
  let keys = 0;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-provider-'));
    issuer = await TestIssuer.create();
    const jwks = createLocalJWKSet(issuer.jwks);
    const access = AccessModule.using({ useFactory: () => new TokenVerifier({ keys: { workloads: jwks, people: jwks } }) });
    const environment = { LEDGER_FILE: join(folder, 'ledger.jsonl'), LOG_LEVEL: 'silent' };
    const source = { environment, secret: () => undefined };
    service = await assembleService(ProviderModule.with(access), { ...PROVIDER_OPTIONS, source });
  });
  afterAll(async () => {
    await service?.close();
    rmSync(folder, { recursive: true });
  });

  const tokenOf = async (name: string, kind: keyof typeof ISSUERS = 'workloads') =>
    issuer.token(name, { issuer: ISSUERS[kind], roles: ['customer', 'operator'] });
  const freshKey = () => `key-${(keys += 1)}-0000`;
  const charge = async (payload: object, key: string | undefined = freshKey(), token?: string) =>
    service.app.inject({
      method: 'POST',
      url: '/charges',
      headers: { authorization: `Bearer ${token ?? (await tokenOf('payments'))}`, ...(key !== undefined && { 'idempotency-key': key }) },
      payload,
    });
  const withNumber = (number: string) => ({ ...CHARGE, card: { ...CHARGE.card, number } });
  const lines = () => readFileSync(join(folder, 'ledger.jsonl'), 'utf8').split('\n').filter(Boolean);

  it('charges once for a key that comes a hundred times at once', async () => {
    const key = freshKey();
    const answers = await Promise.all(Array.from({ length: 100 }, async () => charge(CHARGE, key)));
    expect(new Set(answers.map(({ statusCode, body }) => `${statusCode} ${body}`)).size).toBe(1);
    expect(answers[0]?.json()).toMatchObject({ status: 'succeeded', amountCents: 1_000, lastFour: '4242' });
    expect(lines().filter((line) => line.includes(key))).toHaveLength(1);
  });

  it.each([
    ['another amount', { ...CHARGE, amountCents: 1 }],
    ['another currency', { ...CHARGE, currency: 'USD' }],
    ['another reference', { ...CHARGE, reference: '00000000-0000-4000-8000-000000000001' }],
    ['another card', withNumber('4000000000000002')],
  ])('refuses a key that came before with %s', async (_, other) => {
    const key = freshKey();
    await charge(CHARGE, key);
    expect((await charge(other, key)).json()).toMatchObject({ status: 422, type: 'urn:seaworthy:problem:idempotency-key-reused' });
  });

  it.each([
    ['4000000000000002', 'card-declined'],
    ['4000000000009995', 'insufficient-funds'],
  ])('declines %s', async (number, reason) =>
    expect((await charge(withNumber(number))).json()).toMatchObject({ status: 'declined', reason }),
  );

  it('declines a card that is over', async () => {
    const payload = { ...CHARGE, card: { number: NUMBER, expiry: '2020-01' } };
    expect((await charge(payload)).json()).toMatchObject({ status: 'declined', reason: 'expired-card' });
  });

  it('fails as often as the card says, charges nothing meanwhile, and then once', async () => {
    const [key, failures] = [freshKey(), TEST_CARDS['4000000000000119']?.failures ?? 0];
    for (let count = 0; count < failures; count += 1) expect((await charge(withNumber('4000000000000119'), key)).statusCode).toBe(503);
    expect(lines().some((line) => line.includes(key))).toBe(false);
    expect((await charge(withNumber('4000000000000119'), key)).json()).toMatchObject({ status: 'succeeded' });
    expect((await charge(withNumber('4000000000000119'), key)).json()).toMatchObject({ status: 'succeeded' });
  });

  it('answers who asks again while the first one still waits', async () => {
    const key = freshKey();
    const first = charge(withNumber('4000000000000259'), key);
    const second = await charge(withNumber('4000000000000259'), key);
    expect(second.json()).toEqual((await first).json());
  });

  it('tells what was charged about something', async () => {
    const reference = '00000000-0000-4000-8000-00000000000a';
    await charge({ ...CHARGE, reference });
    const url = `/charges?reference=${reference.toUpperCase()}`;
    const answer = await service.app.inject({ url, headers: { authorization: `Bearer ${await tokenOf('payments')}` } });
    expect(answer.json()).toMatchObject({ items: [{ reference, amountCents: 1_000 }] });
    expect(answer.body).not.toContain(NUMBER);
  });

  it('writes down nothing of a card but its last four digits', () => expect(lines().join()).not.toContain(NUMBER.slice(0, 8)));

  it.each([
    ['orders', 'workloads'],
    ['deploy', 'workloads'],
    ['payments', 'people'],
    ['marina', 'people'],
  ] as const)('refuses %s of %s', async (name, kind) =>
    expect((await charge(CHARGE, freshKey(), await tokenOf(name, kind))).statusCode).toBe(403),
  );

  it.each<[string, object]>([
    ['an amount below zero', { ...CHARGE, amountCents: -1 }],
    ['a fraction', { ...CHARGE, amountCents: 1.5 }],
    ['an amount as text', { ...CHARGE, amountCents: '1' }],
    ['a currency that is none', { ...CHARGE, currency: 'eur' }],
    ['a number with spaces', withNumber('4242 4242 4242 4242')],
    ['a security code', { ...CHARGE, card: { ...CHARGE.card, securityCode: '737' } }],
    ['its own status', { ...CHARGE, status: 'succeeded' }],
    ['no card', { ...CHARGE, card: undefined }],
    ['a reference that is none', { ...CHARGE, reference: '1' }],
  ])('refuses %s with 422, and repeats no number', async (_, payload) => {
    const answer = await charge(payload);
    expect(answer.statusCode).toBe(422);
    expect(answer.body).not.toContain(NUMBER);
  });

  it('refuses every field of every route in every way, and charges nothing', async () => {
    const right = {
      'POST /charges': { status: 201, headers: { 'idempotency-key': freshKey() }, body: CHARGE },
      'GET /charges': { status: 200, query: { reference: CHARGE.reference } },
    };
    await charge(CHARGE, right['POST /charges'].headers['idempotency-key']);
    const before = lines();
    const document = (await service.app.inject('/openapi.json')).json<object>();
    const headers = { authorization: `Bearer ${await tokenOf('payments')}` };
    expect(await fieldFaults(service.app, document, right, headers)).toEqual([]);
    expect(lines()).toEqual(before);
  });

  it.each(['', 'short', 'a'.repeat(129), 'with spaces in it'])('refuses the key %j', async (key) =>
    expect((await charge(CHARGE, key)).statusCode).toBe(400),
  );
});
