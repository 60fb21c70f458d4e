import { Body, Controller, Get, HttpException, Module, Post, Query } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { Anonymous } from '../auth/access.decorators.ts';
import { ConfigError } from '../config/config.error.ts';
import { configGroup, secretFile, variable } from '../config/config-group.ts';
import { HealthRegistry } from '../health/health-registry.ts';
import { Lifecycle } from '../health/lifecycle.ts';
import { assembleService } from './assemble-service.ts';
import type { Service, ServiceOptions } from './assemble-service.ts';

const Boat = z.strictObject({ name: z.string().min(1).max(20), masts: z.number().int().positive() });
const Page = z.strictObject({ limit: z.coerce.number().int().min(1).max(100).default(20) });

class BoatConfig extends configGroup({
  harbour: variable('HARBOUR', z.string().regex(/^[a-z]+$/)),
  depth: variable('DEPTH', z.coerce.number().default(3)),
  password: secretFile('boat-password'),
}) {}

@Anonymous()
@Controller('boats')
class BoatsController {
  readonly #config: BoatConfig;

  constructor(config: BoatConfig) {
    this.#config = config;
  }

  @Get()
  list(@Query({ schema: Page }) page: z.infer<typeof Page>) {
    return { harbour: this.#config.harbour, limit: page.limit };
  }

  @Post()
  add(@Body({ schema: Boat }) boat: z.infer<typeof Boat>) {
    return boat;
  }

  @Get('sunk')
  sunk(): never {
    throw new Error('postgres://user:hunter2@db/boats is gone');
  }

  @Get('teapot')
  teapot(): never {
    throw new HttpException('short and stout', 418);
  }
}

@Module({ controllers: [BoatsController] })
class BoatsModule {}

const lines: string[] = [];
const options: ServiceOptions = {
  name: 'boats',
  config: [BoatConfig],
  openApi: { title: 'Boats', description: 'All <boats>.' },
  source: { environment: { HARBOUR: 'rostock' }, secret: () => 'hunter2' },
  logDestination: { write: (line) => void lines.push(line) },
};

describe('assembleService', () => {
  let service: Service;

  beforeEach(async () => {
    lines.length = 0;
    service = await assembleService(BoatsModule, options);
  });

  afterEach(async () => {
    await service.close();
  });

  const get = async (url: string, headers: Record<string, string> = {}) => service.app.inject({ url, headers });
  const post = async (payload: string | Buffer, contentType = 'application/json') =>
    service.app.inject({ method: 'POST', url: '/boats', payload, headers: { 'content-type': contentType } });
  const logged = () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

  describe('when a request is good', () => {
    it('answers with validated values and injected configuration', async () => {
      const answer = await get('/boats?limit=7');
      expect(answer.json()).toEqual({ harbour: 'rostock', limit: 7 });
    });

    it('sends security headers', async () => {
      const { headers } = await get('/boats', { host: 'boats.example' });
      expect(headers).toMatchObject({
        'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
        'strict-transport-security': 'max-age=31536000; includeSubDomains',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'referrer-policy': 'no-referrer',
      });
      expect(headers).not.toHaveProperty('x-powered-by');
      expect(headers).not.toHaveProperty('server');
    });

    it('keeps a well-formed request id and replaces any other', async () => {
      expect((await get('/boats', { 'x-request-id': 'abcdefgh-1234' })).headers['x-request-id']).toBe('abcdefgh-1234');
      expect((await get('/boats', { 'x-request-id': 'a "quoted" id' })).headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
    });

    it('logs it once, with trace and request id, without the query', async () => {
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      await get('/boats?limit=3', { traceparent, 'x-request-id': 'abcdefgh-1234' });
      const requests = logged().filter(({ msg }) => msg === 'request');
      expect(requests).toHaveLength(1);
      expect(requests[0]).toMatchObject({
        service: 'boats',
        path: '/boats',
        status: 200,
        requestId: 'abcdefgh-1234',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: expect.stringMatching(/^[\da-f]{16}$/),
      });
      expect(JSON.stringify(requests)).not.toContain('limit');
    });
  });

  describe('when a request is bad', () => {
    it.each([
      ['an address that is not there', async () => get('/nowhere?token=hunter2'), 404, 'not-found'],
      ['a malformed address', async () => get('/boats/%zz'), 400, 'bad-request'],
      ['malformed JSON', async () => post('{"name": hunter2'), 400, 'bad-request'],
      ['no body where one is needed', async () => post(''), 400, 'bad-request'],
      ['a body that is not valid', async () => post('{"name":"","masts":-1}'), 422, 'validation-failed'],
      ['a body that is not UTF-8', async () => post(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 400, 'bad-request'],
      ['a member that nobody asked for', async () => post('{"name":"a","masts":1,"admin":true}'), 422, 'validation-failed'],
      ['a prototype as member', async () => post('{"name":"a","masts":1,"__proto__":{"admin":true}}'), 400, 'bad-request'],
      ['another media type', async () => post('<boat/>', 'application/xml'), 415, 'unsupported-media-type'],
      ['a form', async () => post('name=Gorch&masts=3', 'application/x-www-form-urlencoded'), 415, 'unsupported-media-type'],
      ['plain text', async () => post('{"name":"Gorch","masts":3}', 'text/plain'), 415, 'unsupported-media-type'],
      ['a body that is too large', async () => post(JSON.stringify({ name: 'a'.repeat(70_000) })), 413, 'content-too-large'],
      ['a query out of bounds', async () => get('/boats?limit=1000'), 400, 'validation-failed'],
      ['a query that nobody asked for', async () => get('/boats?hunter2=1&limit=1'), 400, 'validation-failed'],
      ['an error that the app meant', async () => get('/boats/teapot'), 418, 'bad-request'],
      ['an error that nobody meant', async () => get('/boats/sunk'), 500, 'unexpected'],
    ])('answers %s with a problem document', async (_case, ask, status, type) => {
      const answer = await ask();
      expect(answer.statusCode).toBe(status);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
      expect(answer.json()).toMatchObject({ status, type: `urn:seaworthy:problem:${type}`, requestId: answer.headers['x-request-id'] });
      expect(answer.body).not.toMatch(/ at .+:\d+|node_modules|postgres:/);
      if (!answer.body.includes('Unrecognized')) expect(answer.body).not.toContain('hunter2');
    });

    it('points at the member that is wrong', async () => {
      const answer = await post('{"name":"Gorch","masts":"three"}');
      expect(answer.json()).toMatchObject({ errors: [{ pointer: '#/masts' }] });
    });

    it('logs what nobody meant, with its stack and the request id', async () => {
      const answer = await get('/boats/sunk');
      const line = logged().find(({ msg }) => msg === 'unexpected error');
      expect(line).toMatchObject({ level: 'error', requestId: answer.headers['x-request-id'], err: { stack: expect.any(String) } });
    });
  });

  describe('when configuration is refused', () => {
    it('names every bad variable and no value', async () => {
      const source = { environment: { HARBOUR: 'HUNTER2', PORT: '99999999' }, secret: () => undefined };
      const refused = assembleService(BoatsModule, { ...options, source });
      await expect(refused).rejects.toThrow(ConfigError);
      const message = await refused.then(
        () => '',
        (error: ConfigError) => error.message,
      );
      expect(message).toMatch(/PORT: .*; HARBOUR: .*; secret file boat-password: is required and not set$/);
      expect(message).not.toMatch(/HUNTER2|99999999/);
    });
  });

  describe('when a dependency is away', () => {
    const away = () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.1.2.3:5432'), { code: 'ECONNREFUSED' });
    };

    it('is not ready, says which one, and lives', async () => {
      service.app.get(HealthRegistry).register({ name: 'postgres', kind: 'required', check: away });
      const ready = await get('/health/ready');
      expect(ready.statusCode).toBe(503);
      expect(ready.json()).toMatchObject({
        type: 'urn:seaworthy:problem:not-ready',
        details: { postgres: { status: 'down', reason: 'ECONNREFUSED' } },
      });
      expect(ready.body).not.toContain('10.1.2.3');
      expect((await get('/health/live')).statusCode).toBe(200);
    });

    it('is degraded and ready when it can do without', async () => {
      service.app.get(HealthRegistry).register({ name: 'cache', kind: 'optional', check: away });
      const ready = await get('/health/ready');
      expect(ready.statusCode).toBe(200);
      expect(ready.json()).toMatchObject({ status: 'degraded', details: { cache: { status: 'degraded', reason: 'ECONNREFUSED' } } });
    });

    it('does not wait for one that hangs', async () => {
      service.app
        .get(HealthRegistry)
        .register({ name: 'postgres', kind: 'required', check: async () => new Promise<void>(() => undefined) });
      expect((await get('/health/ready')).json()).toMatchObject({ details: { postgres: { reason: 'TIMEOUT' } } });
    });
  });

  describe('when it is broken itself', () => {
    it('does not live, whatever its dependencies', async () => {
      service.app.get(HealthRegistry).register({ name: 'engine room', kind: 'alive', check: async () => Promise.reject(new Error('x')) });
      expect((await get('/health/live')).json()).toMatchObject({ status: 503, type: 'urn:seaworthy:problem:not-alive' });
      expect((await get('/health/ready')).statusCode).toBe(200);
    });
  });

  describe('when its certificate has ended', () => {
    it('is not ready until that is renewed, and lives: a new process would wait for the same authority', async () => {
      const material = { notAfter: new Date(Date.now() - 1_000) };
      await service.close();
      service = await assembleService(BoatsModule, {
        ...options,
        source: { environment: { HARBOUR: 'rostock', HOST: '127.0.0.1', PORT: '0' }, secret: () => 'hunter2' },
        certificate: async () => ({ material, keepFresh: () => undefined, stop: () => undefined }),
      });
      await service.listen();
      const ask = async (url: string) => (await get(url)).json<object>();
      expect(await ask('/health/ready')).toMatchObject({ status: 503, details: { certificate: { reason: 'CERTIFICATE_EXPIRED' } } });
      expect(await ask('/health/live')).toMatchObject({ status: 'ok' });
      material.notAfter = new Date(Date.now() + 1_000_000);
      expect(await ask('/health/ready')).toMatchObject({ status: 'ok' });
    });
  });

  describe('when its certificate is asked for at once', () => {
    it('says when it listens that there is none, and not before', async () => {
      // where a test runs there is no platform whose root could be read
      const early = await assembleService(BoatsModule, options, 'at once');
      await expect(early.listen()).rejects.toThrow(ConfigError);
      await early.close();
    });

    it('makes one of its own only when everything is put together', async () => {
      const certificate = jest.fn<NonNullable<ServiceOptions['certificate']>>();
      const early = await assembleService(BoatsModule, { ...options, certificate }, 'at once');
      expect(certificate).not.toHaveBeenCalled();
      await early.close();
    });
  });

  describe('when it drains', () => {
    it('is not ready, still answers, and asks clients to go', async () => {
      service.app.get(Lifecycle).drain();
      expect((await get('/health/ready')).json()).toMatchObject({ details: { drain: { reason: 'DRAINING' } } });
      const answer = await get('/boats');
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['connection']).toBe('close');
    });
  });

  describe('when it has an OpenAPI document', () => {
    it('serves it with the schemas of queries and bodies', async () => {
      const document = (await get('/openapi.json')).json<{ paths: Record<string, unknown> }>();
      expect(Object.keys(document.paths)).toEqual(['/boats', '/boats/sunk', '/boats/teapot']);
      expect(JSON.stringify(document)).toContain('masts');
    });

    it('shows it as a page without script, escaped, under a strict policy', async () => {
      const page = await get('/docs');
      expect(page.headers['content-security-policy']).toBe(
        "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none';style-src 'self';img-src 'self'",
      );
      expect(page.body).toContain('All &lt;boats&gt;.');
      expect(page.body).not.toMatch(/<script| style=|https?:/);
    });
  });
});
