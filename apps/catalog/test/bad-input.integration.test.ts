import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { pino } from 'pino';
import type { Service } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { eventually, startPostgres, startValkey } from '@seaworthy/testing';
import type { StartedPostgres, StartedValkey } from '@seaworthy/testing';
import { badTexts, operationsOf } from '@seaworthy/testing/fuzz';
import type { ApiDocument, Operation } from '@seaworthy/testing/fuzz';
import { migrations } from '../src/migrations/migrations.ts';
import { assembleCatalog, catalogSource } from './catalog.fixture.ts';

jest.setTimeout(180_000);

const ROUTES = ['GET /products', 'GET /products/{id}'];
const NOTHING = '00000000-0000-4000-8000-000000000000';
const RUNS = 250;

describe('catalog, when it is told nonsense', () => {
  let stores: [StartedPostgres, StartedValkey];
  let service: Service;
  let operations: Operation[];

  beforeAll(async () => {
    stores = await Promise.all([startPostgres(), startValkey()]);
    const [postgres, valkey] = stores;
    await migrate(new DatabaseConfig({ ...postgres, poolSize: 2 }), migrations, pino({ level: 'silent' }));
    service = await assembleCatalog(catalogSource(postgres, valkey));
    await eventually(async () => expect((await service.app.inject('/health/ready')).json()).toMatchObject({ status: 'ok' }));
    operations = operationsOf((await service.app.inject('/openapi.json')).json<ApiDocument>());
  });

  afterAll(async () => {
    await service?.close();
    await Promise.all(stores.map(async (store) => store.stop()));
  });

  it('is asked on every route that its document names', () => {
    expect(operations.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual(ROUTES);
  });

  it.each(ROUTES)('%s: never a 5xx, always a problem that quotes nothing', async (key) => {
    const { path, parameters } = operations.find((operation) => `${operation.method} ${operation.path}` === key) as Operation;
    const names = fc.constantFrom(...parameters.map(({ name }) => name), 'nobody-asked');
    await fc.assert(
      fc.asyncProperty(names, badTexts, fc.boolean(), async (name, text, twice) => {
        const inPath = path.replace('{id}', name === 'id' ? text : NOTHING);
        const url = name === 'id' ? inPath : `${inPath}?${name}=${text}${twice ? `&${name}=${text}` : ''}`;
        const answer = await service.app.inject(url);
        expect(answer.statusCode).toBeLessThan(500);
        if (answer.statusCode < 400) return;
        expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
        expect(answer.json()).toMatchObject({ type: expect.stringMatching(/^urn:seaworthy:problem:/), status: answer.statusCode });
        expect(answer.body).not.toMatch(/node_modules|select |SyntaxError|\.ts:/i);
      }),
      { numRuns: RUNS },
    );
  });

  it.each(['limit=0', 'limit=-1', 'limit=101', 'limit=ten', 'limit=1&limit=2', 'cursor=%00', 'category=boats', 'search=%00', 'page=2'])(
    'refuses ?%s',
    async (query) => {
      expect((await service.app.inject(`/products?${query}`)).statusCode).toBe(400);
    },
  );
});
