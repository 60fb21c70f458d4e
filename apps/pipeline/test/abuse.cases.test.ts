import { describe, expect, it } from '@jest/globals';
import { abuseCases } from '../src/programs/exercise/abuse.cases.ts';

const DOCUMENT = {
  paths: {
    '/orders/{id}': { get: { parameters: [{ name: 'id', in: 'path', schema: { type: 'string', format: 'uuid' } }] } },
    '/orders': {
      get: { parameters: [{ name: 'limit', in: 'query', schema: { type: 'integer' } }] },
      post: { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Order' } } } } },
    },
  },
  components: {
    schemas: {
      Order: {
        type: 'object',
        properties: { lines: { type: 'array', items: { $ref: '#/components/schemas/Line' } }, note: { type: 'string' } },
      },
      Line: { type: 'object', properties: { quantity: { type: 'integer', minimum: 1 } } },
    },
  },
};

describe('abuse cases of an API description', () => {
  const cases = abuseCases(DOCUMENT);
  const of = (method: string, what: RegExp) => cases.filter((one) => one.method === method && what.test(one.what));

  it('ask every operation as it is described: what is changed in a case is the only thing wrong', () => {
    expect(of('GET', /^as described$/).map(({ path }) => path)).toEqual(['/orders/018f4e2a-7b1c-7d3e-8f4a-5b6c7d8e9f00', '/orders']);
    expect(of('POST', /^as described$/).map(({ body }) => body)).toEqual(['{"lines":[{"quantity":1}],"note":"abc"}']);
  });
  it.each([
    ['a NUL in the path', 'GET', /^id in the path is "\\u0000/, /%00/],
    ['a way up in the path', 'GET', /^id in the path is "\.\.\//, /%2f\.\.%2fetc|\.\.%2f/i],
    ['a query of another type', 'GET', /^limit in the query is "abc/, /limit=abc/],
    ['a query too long', 'GET', /^limit in the query is "AAAA/, /limit=A{6000}/],
    ['a query twice', 'GET', /^limit twice/, /limit=1&limit=2/],
  ])('have %s', (_what, method, what, path) => {
    expect(of(method, what)).not.toEqual([]);
    expect(of(method, what).every((one) => path.test(one.path))).toBe(true);
  });
  it.each([
    ['a member left out', /^without note$/, '{"lines":[{"quantity":1}]}'],
    ['a member of another type', /^lines is true$/, '{"lines":true,"note":"abc"}'],
    ['a member that nobody asked for', /^a member that nobody/, '{"lines":[{"quantity":1}],"note":"abc","seaworthy":1}'],
    ['no object at all', /^null instead of an object$/, 'null'],
    ['JSON that ends too soon', /^malformed JSON$/, '{"a":'],
  ])('have %s in the body', (_what, what, body) => {
    expect(of('POST', what).map((one) => one.body)).toEqual([body]);
  });
  it('are at most some hundred, from every operation', () => {
    const many = Object.fromEntries(
      Array.from({ length: 40 }, (_none, index) => [`/things-${index}/{id}`, DOCUMENT.paths['/orders/{id}']]),
    );
    const found = abuseCases({ paths: many });
    expect(found.length).toBeLessThanOrEqual(400);
    expect(new Set(found.map(({ path }) => path.split('/')[1])).size).toBe(40);
  });
  it('are none where nothing is described', () => expect(abuseCases({})).toEqual([]));
});
