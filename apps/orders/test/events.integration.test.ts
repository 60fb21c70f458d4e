import { once } from 'node:events';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { environmentOf, eventually, secretsOf, ServiceProcess, TestIssuer } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import type { Order } from '../src/orders/order.schema.ts';
import { COMPASS } from './orders.fixture.ts';
import { startStores } from './stores.fixture.ts';
import type { Stores } from './stores.fixture.ts';

jest.setTimeout(240_000);

/** What a client has read of one stream. */
class Follower {
  text = '';
  ended = false;
  readonly status: number;
  readonly #response: IncomingMessage;

  constructor(response: IncomingMessage) {
    this.#response = response;
    this.status = response.statusCode ?? 0;
    response.setEncoding('utf8').on('data', (chunk: string) => (this.text += chunk));
    response.on('end', () => (this.ended = true)).on('error', () => undefined);
  }

  get events(): string[] {
    return [...this.text.matchAll(/^event: (.+)$/gm)].map(([, name]) => name ?? '');
  }

  leave(): void {
    this.#response.destroy();
  }
}

describe('following an order, at replicas of their own', () => {
  let stores: Stores;
  let issuer: TestIssuer;
  let token: string;
  let one: ServiceProcess;
  let two: ServiceProcess;

  beforeAll(async () => {
    stores = await startStores();
    issuer = await TestIssuer.create();
    token = await issuer.token('marina');
    [one, two] = await Promise.all([start(), start()]);
  });
  afterAll(async () => {
    await Promise.all([one?.stop(), two?.stop()]);
    await stores?.stop();
  });

  async function start(): Promise<ServiceProcess> {
    const replica = await ServiceProcess.start({
      program: await bundleProgram(resolve(import.meta.dirname, '..'), 'test/fixtures/orders.service.ts'),
      environment: { ...environmentOf(stores), DRAIN_DELAY_MS: '200' },
      secrets: { ...secretsOf(stores), 'jwks.json': JSON.stringify(issuer.jwks) },
    });
    await replica.line('connected to NATS');
    return replica;
  }

  async function ask(replica: ServiceProcess, method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const asking = request({
      host: '127.0.0.1',
      port: replica.port,
      path,
      method,
      agent: replica.agent(),
      headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    });
    asking.end(body && JSON.stringify(body));
    const [response] = (await once(asking, 'response')) as [IncomingMessage];
    return response;
  }

  async function json<T>(response: IncomingMessage): Promise<T> {
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return JSON.parse(text) as T;
  }

  const place = async (replica: ServiceProcess): Promise<string> => {
    const body = { lines: [{ productId: COMPASS, quantity: 1 }] };
    return (await json<Order>(await ask(replica, 'POST', '/orders', body, { 'idempotency-key': randomUUID() }))).id;
  };
  const follow = async (replica: ServiceProcess, id: string, headers: Record<string, string> = {}) =>
    new Follower(await ask(replica, 'GET', `/orders/${id}/events`, undefined, headers));

  it('tells at the one what happens at the other, without the heartbeat that would find it as well', async () => {
    // by chance, one may come just then
    await eventually(async () => {
      const id = await place(one);
      const follower = await follow(two, id);
      await eventually(async () => expect(follower.events).toEqual(['order.placed']));
      await json(await ask(one, 'POST', `/orders/${id}/cancel`));
      await eventually(async () => expect(follower.events).toEqual(['order.placed', 'order.cancelled']));
      follower.leave();
      expect(follower.text).toContain('id: 2\n');
      expect(follower.text).not.toContain('marina');
      expect(follower.text).not.toMatch(/: still here\n\nid: 2\n/);
    });
  });

  it('goes on where a client has stopped', async () => {
    const id = await place(one);
    await json(await ask(two, 'POST', `/orders/${id}/cancel`));
    const follower = await follow(two, id, { 'last-event-id': '1' });
    await eventually(async () => expect(follower.events).toEqual(['order.cancelled']));
    follower.leave();
  });

  it('ends with the token that opened it', async () => {
    const id = await place(one);
    const kept = token;
    token = await issuer.token('marina', { expires: '2s' });
    const follower = await follow(one, id);
    token = kept;
    await eventually(async () => expect(follower.ended).toBe(true));
    expect(follower.text).toContain('{"reason":"unauthenticated"}');
  });

  it('lets nobody open streams without end', async () => {
    const id = await place(one);
    const followers = await Promise.all(Array.from({ length: 25 }, async () => follow(one, id)));
    const statuses = followers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(20);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    for (const follower of followers) follower.leave();
    // those that left make room
    await eventually(async () => {
      const again = await follow(one, id);
      again.leave();
      expect(again.status).toBe(200);
    });
  });

  it('tells what happens while NATS is away, a little later', async () => {
    const id = await place(one);
    const follower = await follow(two, id);
    await eventually(async () => expect(follower.events).toEqual(['order.placed']));
    await stores.nats.store.goAway();
    await json(await ask(one, 'POST', `/orders/${id}/cancel`));
    await eventually(async () => expect(follower.events).toEqual(['order.placed', 'order.cancelled']));
    follower.leave();
    await stores.nats.store.comeBack();
  });

  describe('when a replica drains', () => {
    it('ends its streams politely, exits with 0, and the client goes on at another', async () => {
      const id = await place(one);
      const follower = await follow(two, id);
      await eventually(async () => expect(follower.events).toEqual(['order.placed']));
      two.signal('SIGTERM');
      expect(await two.exited).toBe(0);
      await eventually(async () => expect(follower.ended).toBe(true));
      expect(follower.text).toContain('event: end\ndata: {"reason":"draining"}');
      await json(await ask(one, 'POST', `/orders/${id}/cancel`));
      const next = await follow(one, id, { 'last-event-id': '1' });
      await eventually(async () => expect(next.events).toEqual(['order.cancelled']));
      next.leave();
    });
  });
});
