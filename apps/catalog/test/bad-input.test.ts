import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Service } from '@seaworthy/platform';
import { fieldFaults } from '@seaworthy/testing/fields';
import { assembleCatalog, catalogSource } from './catalog.fixture.ts';

/** No store answers here: what gets past the schemas ends with 503, and would show as a fault. */
const AWAY = { host: '127.0.0.1', port: 1, name: 'x', user: 'x', password: 'x' };

describe('catalog, when a field is wrong', () => {
  let service: Service;
  beforeAll(async () => {
    service = await assembleCatalog(catalogSource(AWAY, AWAY));
  });
  afterAll(async () => service?.close());

  it('refuses it, on every route, before any store is asked', async () => {
    const right = {
      'GET /products': { status: 503, query: { limit: '5' } },
      'GET /products/{id}': { status: 503, path: { id: '00000000-0000-4000-8000-000000000000' } },
    };
    expect(await fieldFaults(service.app, (await service.app.inject('/openapi.json')).json(), right)).toEqual([]);
  });
});
