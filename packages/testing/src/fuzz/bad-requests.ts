import * as fc from 'fast-check';

/** The part of an OpenAPI 3.0 document that says what can be sent. */
export interface ApiDocument {
  paths: Record<string, Record<string, ApiOperation>>;
}

interface ApiOperation {
  parameters?: { name: string; in: 'query' | 'path' | 'header' | 'cookie' }[];
  requestBody?: unknown;
}

export interface Operation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** with `{id}` where a parameter belongs */
  path: string;
  parameters: { name: string; in: 'query' | 'path' | 'header' | 'cookie' }[];
  hasBody: boolean;
}

/** Every operation of the document, so that a route that is added is attacked without anybody thinking of it. */
export function operationsOf({ paths }: ApiDocument): Operation[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([method, { parameters = [], requestBody }]) => ({
      method: method.toUpperCase() as Operation['method'],
      path,
      parameters,
      hasBody: requestBody !== undefined,
    })),
  );
}

/** Texts that no field of an address or header wants: percent-encoded bytes that are no UTF-8 are among them, so encode none of it again. */
export const badTexts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '%00',
    '%ff%fe',
    '%ED%A0%80',
    '-1',
    '1e309',
    '99999999999999999999',
    'NaN',
    'null',
    '%27%20or%201%3D1--',
    '..%2f..%2fetc',
    '%F0%9F%9A%A2',
    'a'.repeat(199),
    'a'.repeat(5_000),
    '[object%20Object]',
    '__proto__',
  ),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).map((text) => encodeURIComponent(text.toWellFormed())),
);

/** Values of every wrong kind: wrong type, too long, negative, huge, null bytes, deeply nested. */
const badValues: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e308, -(2 ** 53), 2 ** 53, '', '\0', 'a\0b', 'x'.repeat(2_000), [], {}, [[]], {
    constructor: { prototype: { admin: true } },
  }),
  fc.constant(undefined), // the member is missing
  fc.integer({ min: 1, max: 500 }).map((depth) => JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`) as unknown),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Bodies that are nearly `valid`: with one of its values, at any depth, replaced, missing or joined by one more; and bytes that are no JSON in UTF-8. */
export function badBodies(valid: unknown): fc.Arbitrary<Buffer> {
  const places = placesIn(valid);
  const replaced = fc.tuple(fc.nat(places.length - 1), badValues).map(([place, value]) => put(valid, places[place] ?? [], value));
  const joined = fc
    .tuple(fc.nat(places.length - 1), fc.constantFrom('id', 'owner', 'status', 'totalCents', 'admin', ''), badValues)
    .map(([place, name, value]) => put(valid, [...(places[place] ?? []), name], value ?? 1));
  const text = fc.oneof(replaced, joined).map((value) => Buffer.from(JSON.stringify(value) ?? ''));
  const broken = fc.oneof(
    fc.constantFrom('', '{', '[1,]', '{"a":1}}', 'null', '"', '\u{FEFF}{}', '{"__proto__":{"admin":true}}').map((raw) => Buffer.from(raw)),
    fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
    text.map((buffer) => Buffer.concat([buffer.subarray(0, -1), Buffer.from([0xff]), buffer.subarray(-1)])),
  );
  return fc.oneof({ arbitrary: text, weight: 4 }, { arbitrary: broken, weight: 1 });
}

type Place = readonly (string | number)[];

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  return [place, ...Object.entries(value).flatMap(([key, item]) => placesIn(item, [...place, Array.isArray(value) ? Number(key) : key]))];
}

/** A copy with `value` at that place; undefined takes away what is there. */
function put(whole: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  if (typeof whole !== 'object' || whole === null) return { [key]: value };
  const copy: Record<string | number, unknown> = Array.isArray(whole) ? ([...(whole as unknown[])] as never) : { ...whole };
  copy[key] = put(copy[key], rest, value);
  return copy;
}
