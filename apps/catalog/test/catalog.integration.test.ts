import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Kysely, sql } from 'kysely';
import { pino } from 'pino';
import type { Service } from '@seaworthy/platform';
import { Cache } from '@seaworthy/platform/cache';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { eventually, SCHEMA_READINESS, schemaReadiness, startPostgres, startValkey } from '@seaworthy/testing';
import type { StartedPostgres, StartedValkey } from '@seaworthy/testing';
import { Product } from '../src/products/product.schema.ts';
import type { ProductPage } from '../src/products/product.schema.ts';
import { migrations } from '../src/migrations/migrations.ts';
import { LOG_LINES, assembleCatalog, catalogSource } from './catalog.fixture.ts';

describe('catalog, on the project’s own PostgreSQL and Valkey', () => {
  let postgres: StartedPostgres;
  let valkey: StartedValkey;
  let service: Service;

  beforeAll(async () => {
    [postgres, valkey] = await Promise.all([startPostgres(), startValkey()]);
    const config = new DatabaseConfig({ ...postgres, poolSize: 2 });
    const silent = pino({ level: 'silent' });
    // three at once, as three replicas' one-shots would be
    await Promise.all([1, 2, 3].map(async () => migrate(config, migrations, silent)));
    await migrate(config, migrations, silent);
    service = await assembleCatalog(catalogSource(postgres, valkey));
    await eventually(async () => expect((await get('/health/ready')).json()).toMatchObject({ status: 'ok' }));
  });

  afterAll(async () => {
    await service?.close();
    await Promise.all([postgres?.stop(), valkey?.stop()]);
  });

  beforeEach(() => {
    LOG_LINES.length = 0;
  });

  const get = async (url: string, headers: Record<string, string> = {}) => service.app.inject({ url, headers });
  const page = async (query: string) => (await get(`/products?${query}`)).json<ProductPage>();

  describe('when asked for products', () => {
    it('pages through all of them, each once, in order', async () => {
      const names: string[] = [];
      let next: string | null = '';
      while (next !== null) {
        const answer: ProductPage = await page(`limit=7${next && `&cursor=${next}`}`);
        names.push(...answer.items.map(({ name }) => name));
        next = answer.next;
      }
      expect(names.length).toBeGreaterThanOrEqual(20);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual((await page('limit=100')).items.map(({ name }) => name));
    });

    it('finds words in names and descriptions, whatever their case', async () => {
      expect((await page('search=SEXTANT')).items).toMatchObject([{ name: 'Sextant' }]);
      expect((await page('search=stove+level')).items).toMatchObject([{ name: 'Gimballed stove' }]);
      expect((await page('search=stove+sextant')).items).toEqual([]);
      expect((await page('category=galley')).items).toHaveLength(2);
    });

    it('gives one by its id, with an entity tag, and 304 to who has it', async () => {
      const [first] = (await page('limit=1')).items as [Product];
      const answer = await get(`/products/${first.id}`);
      expect(answer.json()).toEqual(first);
      const tag = String(answer.headers['etag']);
      const again = await get(`/products/${first.id}`, { 'if-none-match': `"other", W/${tag}` });
      expect(again.statusCode).toBe(304);
      expect(again.body).toBe('');
      expect((await get(`/products/${first.id}`, { 'if-none-match': '"other"' })).statusCode).toBe(200);
    });

    it('answers HEAD like GET, without the body', async () => {
      const answer = await service.app.inject({ method: 'HEAD', url: '/products?limit=1' });
      expect(answer.statusCode).toBe(200);
      expect(answer.body).toBe('');
      expect(answer.headers['etag']).toBe((await get('/products?limit=1')).headers['etag']);
    });

    it('answers 404 for an id that nothing has', async () => {
      expect((await get('/products/00000000-0000-4000-8000-000000000000')).json()).toMatchObject({ status: 404 });
    });

    it('shows them as a page without script', async () => {
      const answer = await get('/');
      expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
      expect(answer.headers['content-security-policy']).toContain("style-src 'self'");
      expect(answer.body).toContain('Sextant');
      expect(answer.body).not.toMatch(/<script| style=|onclick/);
    });

    it('describes itself in OpenAPI', async () => {
      const { paths } = (await get('/openapi.json')).json<{ paths: Record<string, unknown> }>();
      expect(Object.keys(paths)).toEqual(['/products', '/products/{id}']);
    });
  });

  describe('when abused', () => {
    const injections = [
      "' or 1=1 --",
      "'; drop table products; --",
      '%',
      '_',
      '\\',
      '${7*7}',
      '<script>alert(1)</script>',
      '🦈'.repeat(20),
    ];

    it.each(injections)('takes %s as words to look for', async (text) => {
      const answer = await get(`/products?search=${encodeURIComponent(text)}`);
      expect(answer.statusCode).toBe(200);
      expect(answer.json<ProductPage>().items).toEqual([]);
    });

    it.each([
      ['a null byte', 'search=%00'],
      ['a null byte among words', 'search=a%00b'],
      ['a line feed', 'search=a%0ab'],
      ['half of a surrogate pair', 'search=%ED%A0%80'],
      ['bytes that are no UTF-8', 'search=%ff%fe'],
      ['no words', 'search=%20%20'],
      ['endless words', `search=${'a'.repeat(2_000)}`],
      ['a limit of zero', 'limit=0'],
      ['a negative limit', 'limit=-1'],
      ['a huge limit', 'limit=99999999999999999999'],
      ['half a limit', 'limit=1.5'],
      ['no number as limit', 'limit=ten'],
      ['a limit twice', 'limit=1&limit=2'],
      ['a cursor of somebody’s own', 'cursor=AAAA'],
      [
        'a cursor with a null byte',
        `cursor=${Buffer.from('{"name":"\\u0000","id":"00000000-0000-4000-8000-000000000000"}').toString('base64url')}`,
      ],
      [
        'a cursor with more in it',
        `cursor=${Buffer.from('{"name":"a","id":"00000000-0000-4000-8000-000000000000","x":1}').toString('base64url')}`,
      ],
      ['an unknown category', 'category=weapons'],
      ['a field that nobody knows', 'sort=password'],
      ['a prototype', '__proto__[admin]=1'],
    ])('refuses %s with 400', async (_case, query) => {
      const answer = await get(`/products?${query}`);
      expect(answer.statusCode).toBe(400);
      expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
    });

    it.each(['../../etc/passwd', '%2e%2e%2fetc', '1', '%00', "1' or '1'='1", 'a'.repeat(300)])('refuses %s as an id', async (id) => {
      expect((await get(`/products/${id}`)).statusCode).toBeGreaterThanOrEqual(400);
      expect((await get(`/products/${id}`)).statusCode).toBeLessThan(500);
    });

    it.each(['POST', 'PUT', 'PATCH', 'DELETE'] as const)('has no route for %s', async (method) => {
      const answer = await service.app.inject({ method, url: '/products', payload: { name: 'x' } });
      expect(answer.statusCode).toBe(404);
    });

    it('refuses a body that is too large before reading it whole', async () => {
      const answer = await service.app.inject({ method: 'POST', url: '/products', payload: { name: 'x'.repeat(100_000) } });
      expect([404, 413]).toContain(answer.statusCode);
    });

    it('cannot write, even if a statement of its own would', async () => {
      const database = service.app.get<Kysely<{ products: { name: string } }>>(Kysely, { strict: false });
      await expect(database.deleteFrom('products').execute()).rejects.toMatchObject({ code: '25006' });
    });
  });

  describe('when many ask for the same at once', () => {
    it('answers all of them alike', async () => {
      const answers = await Promise.all(Array.from({ length: 50 }, async () => get('/products?search=anchor')));
      expect(new Set(answers.map(({ body }) => body)).size).toBe(1);
    });
  });

  describe('when one replica has asked PostgreSQL', () => {
    it('lets another one answer the same from Valkey, while PostgreSQL is away, and nothing else', async () => {
      const another = await assembleCatalog(catalogSource(postgres, valkey));
      try {
        await eventually(async () => expect((await another.app.inject('/health/ready')).json()).toMatchObject({ status: 'ok' }));
        const asked = await get('/products?limit=6');
        const { id } = asked.json<ProductPage>().items[5] as Product; // nobody has asked for it yet
        const kept = { key: `catalog:1:product:${id}`, ttl: 1, schema: Product, load: async () => Promise.reject(new Error('not kept')) };
        // on a machine that is busy Valkey is given up early, and left alone for a second
        await eventually(async () => {
          await get('/products?limit=6');
          await get(`/products/${id}`);
          await another.app.get(Cache).through(kept);
        });
        await postgres.store.goAway();
        const answers = async (url: string) => (await another.app.inject(url)).json<unknown>();
        await eventually(async () => expect(await answers('/products?limit=6')).toEqual(asked.json()), 15_000);
        await eventually(async () => expect(await answers(`/products/${id}`)).toMatchObject({ id, priceCents: expect.any(Number) }), 5_000);
        expect((await another.app.inject('/products?limit=9')).statusCode).toBe(503);
      } finally {
        await another.close();
        await postgres.store.comeBack();
        await eventually(async () => expect((await get('/health/ready')).statusCode).toBe(200));
      }
    });
  });

  it('is ready for its own version of the database, and for no other', async () => {
    const database = service.app.get<Kysely<unknown>>(Kysely, { strict: false });
    const query = async (text: string) =>
      database
        .transaction()
        .setAccessMode('read write') // the catalog's own connections only read, unless told
        .execute(async (transaction) => sql.raw(text).execute(transaction));
    const assemble = async () => assembleCatalog(catalogSource(postgres, valkey));
    expect(await schemaReadiness({ query, assemble })).toEqual(SCHEMA_READINESS);
  });

  describe('when Valkey is away', () => {
    it('still answers, says degraded, and is whole again afterwards', async () => {
      await valkey.store.goAway();
      expect((await get('/products?limit=3')).statusCode).toBe(200);
      await eventually(async () =>
        expect((await get('/health/ready')).json()).toMatchObject({ status: 'degraded', details: { valkey: { status: 'degraded' } } }),
      );
      expect((await get('/health/ready')).statusCode).toBe(200);
      await valkey.store.comeBack();
      await eventually(async () => expect((await get('/health/ready')).json()).toMatchObject({ status: 'ok' }));
    });

    it('answers even while it hangs', async () => {
      await valkey.store.hang();
      expect((await get('/products?limit=4')).statusCode).toBe(200);
      await valkey.store.goOn();
    });
  });

  describe('when PostgreSQL is away', () => {
    it('is not ready, says why, lives, and recovers by itself', async () => {
      await postgres.store.goAway();
      const ready = await get('/health/ready');
      expect(ready.statusCode).toBe(503);
      expect(ready.json()).toMatchObject({ type: 'urn:seaworthy:problem:not-ready', details: { postgres: { status: 'down' } } });
      expect((await get('/health/live')).statusCode).toBe(200);
      const answer = await get('/products?search=unseen');
      expect(answer.json()).toMatchObject({ status: 503, type: 'urn:seaworthy:problem:unavailable' });
      await postgres.store.comeBack();
      await eventually(async () => expect((await get('/health/ready')).statusCode).toBe(200));
      expect((await get('/products?search=unseen')).statusCode).toBe(200);
    });

    it('does not wait for ever when it hangs', async () => {
      await postgres.store.hang();
      expect((await get('/health/ready')).json()).toMatchObject({ details: { postgres: { status: 'down', reason: 'TIMEOUT' } } });
      expect((await get('/health/live')).statusCode).toBe(200);
      expect((await get('/products?search=unseen+too')).json()).toMatchObject({ status: 503 });
      await postgres.store.goOn();
      await eventually(async () => expect((await get('/health/ready')).statusCode).toBe(200));
    });

    it('leaves no password in the log', () => {
      expect(LOG_LINES.join('')).not.toContain(postgres.password);
      expect(LOG_LINES.join('')).not.toContain(valkey.password);
    });
  });
});
