import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { testAuthority } from '@seaworthy/testing/trust';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { Kysely, sql } from 'kysely';
import { DatabaseConfig } from '../src/database/index.ts';
import { Messaging, MessagingConfig } from '../src/messaging/index.ts';
import { logbook } from './alone/auth.example.ts';
import { tideTable } from './alone/cache.example.ts';
import { mailConfig } from './alone/config.example.ts';
import { withDatabase } from './alone/database.example.ts';
import { harbourMaster } from './alone/delivery.example.ts';
import { BoatsModule } from './alone/errors.example.ts';
import { harbour, HarbourModule } from './alone/health.example.ts';
import { server as tidesOverHttp } from './alone/http.example.ts';
import { limited } from './alone/limits.example.ts';
import { greet } from './alone/logging.example.ts';
import { withMessaging } from './alone/messaging.example.ts';
import { tides } from './alone/openapi.example.ts';
import { askHarbour } from './alone/resilience.example.ts';
import { drainWhenTold, lifecycle, server as drained } from './alone/shutdown.example.ts';
import { ask } from './alone/tls.example.ts';
import { traced } from './alone/telemetry.example.ts';

/** The examples of docs/reference/platform/: each takes one module, and nothing of `createService`. */
describe('a module of the platform, alone', () => {
  const apps: NestFastifyApplication[] = [];
  const start = async (module: object): Promise<NestFastifyApplication> => {
    const app = await NestFactory.create<NestFastifyApplication>(module, new FastifyAdapter(), { logger: false });
    apps.push(app);
    return app.init();
  };
  afterEach(async () => {
    for (const app of apps.splice(0)) await app.close();
  });

  it('config: reads a group, and refuses by name', () => {
    const source = { environment: { MAIL_HOST: 'mail' }, secret: () => 'correct horse' };
    expect(mailConfig(source)).toEqual({ host: 'mail', port: 25, password: 'correct horse' });
    const refused = { environment: { MAIL_HOST: 'a b', MAIL_PORT: '0' }, secret: () => undefined };
    expect(() => mailConfig(refused)).toThrow(/^configuration refused: MAIL_HOST: .*; MAIL_PORT: .*; secret file mail-password: /);
  });

  it('errors: problems, and what is not valid, in a Nest application of somebody else', async () => {
    const app = await start(BoatsModule);
    const launch = async (payload: object) => app.inject({ method: 'POST', url: '/boats', payload });
    expect((await launch({ name: 'Gorch', masts: 3 })).statusCode).toBe(201);
    expect((await launch({ name: 'Vasa', masts: 3 })).json()).toMatchObject({ type: 'urn:seaworthy:problem:conflict', status: 409 });
    const invalid = await launch({ name: 'Gorch', masts: '3', owner: 'me' });
    expect(invalid.json()).toMatchObject({ status: 422, errors: [{ pointer: '#/masts' }, { pointer: '#' }] });
  });

  it('http: headers and request ids, in a plain Fastify', async () => {
    const answer = await tidesOverHttp.inject({ url: '/tides', headers: { 'x-request-id': 'from-the-edge' } });
    expect(answer.headers).toMatchObject({ 'x-request-id': 'from-the-edge', 'x-content-type-options': 'nosniff' });
    expect((await tidesOverHttp.inject({ url: '/tides', headers: { 'x-request-id': 'a b' } })).headers['x-request-id']).toMatch(
      /^[\w-]{36}$/,
    );
  });

  it('limits: one too many in hand, and one too many of a caller', async () => {
    let free = (): void => undefined;
    const freed = new Promise<object>((resolve) => (free = () => resolve({ high: '04:12' })));
    const server = limited(async () => freed);
    const asked = async (caller: string) => server.inject({ url: '/tides', headers: { 'x-caller': caller } });
    const first = [asked('marina'), asked('nemo')];
    expect((await asked('ada')).statusCode).toBe(503);
    free();
    expect((await Promise.all(first)).map(({ statusCode }) => statusCode)).toEqual([200, 200]);
    const statuses: number[] = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await asked('ada')).statusCode);
    expect(statuses).toEqual([200, 200, 200, 429]);
    await server.close();
  });

  it('auth: nobody gets in whom no decorator names', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
    const people = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
    const app = await start(logbook({ people }));
    const token = await new SignJWT({ client_id: 'x', roles: ['captain'] })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt' })
      .setIssuer('https://identity.seaworthy.internal:9443/people')
      .setAudience('https://seaworthy.internal')
      .setSubject('ada')
      .setJti('test')
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey);
    const status = async (url: string, authorization = '') => (await app.inject({ url, headers: { authorization } })).statusCode;
    expect(await status('/logbook/cover')).toBe(200);
    expect([await status('/logbook/today'), await status('/logbook/today', `Bearer ${token}`)]).toEqual([401, 200]);
    expect(await status('/logbook/forgotten', `Bearer ${token}`)).toBe(403);
  });

  it('logging: a line without the password', () => {
    const lines: string[] = [];
    greet({ write: (line) => void lines.push(line) });
    expect(JSON.parse(lines.join(''))).toMatchObject({ service: 'harbour', user: 'marina', login: { password: '[redacted]' } });
  });

  it('telemetry: a span for each request, without its query', async () => {
    const spans: { name: string; attributes: object }[] = [];
    const spanExporter = {
      export: (batch: typeof spans, done: (result: { code: number }) => void) => done({ code: (spans.push(...batch), 0) }),
      shutdown: async () => undefined,
    };
    const { server, telemetry } = traced({ endpoint: undefined, spanExporter });
    await server.inject('/tides/today?secret=1');
    await telemetry.shutdown();
    expect(spans).toMatchObject([
      { name: 'GET /tides/:day', attributes: { 'url.path': '/tides/today', 'http.response.status_code': 200 } },
    ]);
    expect(JSON.stringify(spans[0]?.attributes)).not.toContain('secret');
  });

  it('health: ready as long as what was registered says so', async () => {
    const app = await start(HarbourModule);
    expect((await app.inject('/health/ready')).statusCode).toBe(200);
    harbour.open = false;
    expect([(await app.inject('/health/ready')).statusCode, (await app.inject('/health/live')).statusCode]).toEqual([503, 200]);
  });

  it('database: in a Nest application that has neither health nor telemetry of ours', async () => {
    const config = new DatabaseConfig({ host: '127.0.0.1', port: 1, name: 'x', user: 'x', password: 'x', poolSize: 1 });
    const app = await start(withDatabase(config));
    const database = app.get<Kysely<unknown>>(Kysely, { strict: false });
    await expect(sql`select 1`.execute(database)).rejects.toMatchObject({ code: expect.stringMatching(/ECONNREFUSED|DATABASE_AWAY/) });
  });

  it('messaging: starts without NATS, and tells whoever publishes', async () => {
    const app = await start(withMessaging(new MessagingConfig({ host: '127.0.0.1', port: 1, key: `SU${'A'.repeat(56)}` })));
    const messaging = app.get(Messaging, { strict: false });
    await expect(messaging.publish({ subject: 'tides.high', id: '1', data: {} })).rejects.toMatchObject({ code: 'MESSAGING_AWAY' });
  });

  it('cache: goes on without its store, and shares one load', async () => {
    const away = async (): Promise<never> => Promise.reject(new Error('away'));
    const load = jest.fn(async () => ({ high: '04:12' }));
    const next = tideTable({ get: away, set: away }, load);
    expect(await Promise.all([next(), next()])).toEqual([{ high: '04:12' }, { high: '04:12' }]);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('resilience: tries again, and leaves alone what stays away', async () => {
    const away = jest.fn(async () => Promise.reject(new TypeError('fetch failed')));
    await expect(askHarbour(away)).rejects.toThrow('fetch failed');
    expect(away).toHaveBeenCalledTimes(3);
    await expect(askHarbour(away)).rejects.toThrow();
    await expect(askHarbour(async () => 'open')).rejects.toMatchObject({ isBrokenCircuitError: true });
  });

  it('shutdown: not ready first, then closed, then the end', async () => {
    await drained.listen({ host: '127.0.0.1', port: 0 });
    const ended = new Promise<number>((resolve) => {
      jest.spyOn(process, 'exit').mockImplementation(((code: number) => resolve(code)) as never);
    });
    drainWhenTold({ drainDelay: 10, grace: 500 });
    process.emit('SIGTERM');
    expect(lifecycle.draining).toBe(true);
    expect((await drained.inject('/ready')).statusCode).toBe(503);
    expect(await ended).toBe(0);
    expect(drained.server.listening).toBe(false);
    jest.restoreAllMocks();
  });

  it('openapi: the document and its page', async () => {
    const app = await tides();
    apps.push(app);
    expect((await app.inject('/openapi.json')).json()).toMatchObject({ info: { title: 'Tides' }, paths: { '/tides': {} } });
    expect((await app.inject('/docs')).headers['content-security-policy']).not.toContain('script');
  });

  it('tls: believes the one root', async () => {
    const [authority, other] = await Promise.all([testAuthority(), testAuthority()]);
    const server = createServer(await authority.issue('localhost'), (_request, answer) => answer.end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `https://localhost:${(server.address() as AddressInfo).port}/`;
    expect(await ask(url, authority.root)).toBe(200);
    await expect(ask(url, other.root)).rejects.toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE/) });
    await expect(ask(url.replace('https', 'http'), authority.root)).rejects.toThrow('expected an https:// URL');
    server.closeAllConnections();
    server.close();
  });

  it('delivery: works when nudged, and ends with what is in hand', async () => {
    const berthed: string[] = [];
    const queue = ['Gorch', 'Sedov'];
    let last = (): void => undefined;
    const done = new Promise<void>((resolve) => (last = resolve));
    const loop = harbourMaster(queue, async (ship) => {
      if (berthed.push(ship) === 3) last();
    });
    queue.push('Vasa');
    loop.nudge();
    await done;
    await loop.stop();
    expect(berthed).toEqual(['Gorch', 'Sedov', 'Vasa']);
  });
});
