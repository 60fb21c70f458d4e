import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { developerToken } from '../../src/people.ts';
import { PlatformAccess, URLS } from '../../src/platform/access.ts';
import { keyRing } from '../../src/start/key-ring.ts';
import type { Customer } from '../../src/start/people.ts';
import { ask, instance, type Answer } from './ask.ts';

const SEXTANT = '78c6dfe2-e65f-5851-a5c9-0e7f94793f32';
const { edge } = instance.ports;

describe('orders of the running platform, through the edge', () => {
  let access: PlatformAccess;
  let marina: string;
  let nemo: string;
  let developer: string;

  beforeAll(async () => {
    access = new PlatformAccess(instance);
    const { customerPasswords, developerPassword } = keyRing(instance);
    const logIn = async (name: Customer | 'developer', password: string) =>
      `Bearer ${await developerToken({ identityUrl: URLS.identity, fetch: access.fetch, name, password })}`;
    marina = await logIn('marina', customerPasswords.marina);
    nemo = await logIn('nemo', customerPasswords.nemo);
    developer = await logIn('developer', developerPassword);
  });
  afterAll(async () => {
    await access?.close();
  });

  const place = async (authorization: string, key: string): Promise<Answer> =>
    ask(edge, '/orders', {
      method: 'POST',
      headers: { authorization, 'idempotency-key': key, 'content-type': 'application/json' },
      body: JSON.stringify({ lines: [{ productId: SEXTANT, quantity: 1 }] }),
    });

  it('takes one for a key, whichever replica is asked, and tells its owner what happens', async () => {
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, async () => place(marina, key)));
    expect(new Set(answers.map(({ status, body }) => `${status} ${body}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 201 });
    const { id } = JSON.parse(answers[0]?.body ?? '') as { id: string };

    const following = ask(edge, `/orders/${id}/events`, { headers: { authorization: marina }, until: 'order.cancelled' });
    const cancelled = await ask(edge, `/orders/${id}/cancel`, { method: 'POST', headers: { authorization: marina } });
    expect(JSON.parse(cancelled.body)).toMatchObject({ id, status: 'cancelled' });
    expect((await following).body).toMatch(/event: order\.placed[\s\S]+event: order\.cancelled/);
  });

  it('shows one to nobody but its owner', async () => {
    const { id } = JSON.parse((await place(marina, randomUUID())).body) as { id: string };
    expect(await ask(edge, `/orders/${id}`, { headers: { authorization: marina } })).toMatchObject({ status: 200 });
    expect(await ask(edge, `/orders/${id}`, { headers: { authorization: nemo } })).toMatchObject({ status: 404 });
    expect(await ask(edge, `/orders/${id}`, { headers: { authorization: developer } })).toMatchObject({ status: 403 });
    expect(await place(developer, randomUUID())).toMatchObject({ status: 403 });
  });

  it('believes no token of a workload', async () => {
    const authorization = `Bearer ${await access.workload('deploy')()}`;
    expect(await ask(edge, '/orders', { headers: { authorization } })).toMatchObject({ status: 401 });
  });

  it('wants a key for what it writes, and knows no other method', async () => {
    const body = JSON.stringify({ lines: [{ productId: SEXTANT, quantity: 1 }] });
    const headers = { authorization: marina, 'content-type': 'application/json' };
    expect(await ask(edge, '/orders', { method: 'POST', headers, body })).toMatchObject({ status: 400 });
    expect(await ask(edge, '/orders', { method: 'DELETE', headers })).toMatchObject({ status: 405 });
  });
});
