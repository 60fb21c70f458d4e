/** The part of a JSON Schema by which fields are found. */
interface Schema {
  type?: string;
  nullable?: boolean;
  pattern?: string;
  properties?: Record<string, Schema>;
  required?: readonly string[];
  items?: Schema;
  anyOf?: readonly Schema[];
}

/** The part of an OpenAPI 3.0 document that says what can be sent. */
export interface DescribedApi {
  paths: Record<string, Record<string, DescribedOperation>>;
}

interface DescribedOperation {
  parameters?: readonly { name: string; in: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
}

/** A request that is right, and what it is answered with. */
export interface RightRequest {
  status: number;
  path?: Record<string, string>;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: unknown;
}

export interface FieldCase {
  what: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  payload?: Buffer;
  /** what the refusal has to name */
  names?: string;
}

/** a field that no route has */
const EXTRA = 'nobodyAsked';
const LONG = 'x'.repeat(3_000);
/** As parts of addresses, already encoded: wrong type, too long, not UTF-8, negative, huge, null bytes. */
const BAD_TEXTS = {
  'a wrong type': '%5B%5D',
  long: LONG,
  'not UTF-8': '%ff%fe',
  negative: '-1',
  huge: '9'.repeat(40),
  'a null byte': '1%00',
};
const BAD_HEADERS = { empty: ' ', long: LONG, 'not ASCII': '\u00fc', negative: '-1', huge: '9'.repeat(40) };
const BAD_VALUES = {
  true: true,
  negative: -1,
  huge: 1e308,
  half: 0.5,
  long: LONG,
  'a null byte': 'a\0b',
  null: null,
  list: [[]],
  object: { $ne: '' },
};

/**
 * One case for each field of each operation and each way to be wrong. `right` says what is right for every operation ("POST /orders"): one that is
 * missing is an error, so that no route is forgotten; each field that the document names is covered by itself.
 */
export function fieldCases({ paths }: DescribedApi, right: Readonly<Record<string, RightRequest>>): FieldCase[] {
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([verb, operation]) => {
      const key = `${verb.toUpperCase()} ${path}`;
      const request = right[key];
      if (request === undefined) throw new Error(`expected what is right for ${key}, found nothing: add it to the test`);
      return operationCases(key, operation, request);
    }),
  );
}

/** The request as it should be. */
export function rightCase(key: string, { path = {}, query = {}, headers = {}, body }: RightRequest): FieldCase {
  const [method = '', template = ''] = key.split(' ');
  const address = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => path[name] ?? '');
  const search = Object.entries(query).map(([name, value]) => `${name}=${value}`);
  return {
    what: `${key}: as it should be`,
    method,
    url: search.length > 0 ? `${address}?${search.join('&')}` : address,
    headers: { ...headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
    ...(body !== undefined && { payload: Buffer.from(JSON.stringify(body)) }),
  };
}

function operationCases(key: string, { parameters = [], requestBody }: DescribedOperation, right: RightRequest): FieldCase[] {
  const made = (what: string, change: Partial<RightRequest>): FieldCase => ({
    ...rightCase(key, { ...right, ...change }),
    what: `${key}: ${what}`,
  });
  const fields = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const schema = requestBody?.content?.['application/json']?.schema;
  return [
    ...fields('path').flatMap(({ name, schema: wanted }) =>
      unlike(wanted, BAD_TEXTS).map(([what, text]) => made(`${name} in the path is ${what}`, { path: { ...right.path, [name]: text } })),
    ),
    ...fields('query').flatMap(({ name, schema: wanted }) =>
      unlike(wanted, BAD_TEXTS).map(([what, text]) => made(`${name} in the query is ${what}`, { query: { ...right.query, [name]: text } })),
    ),
    { ...made('the query has one more', { query: { ...right.query, [EXTRA]: '1' } }), names: EXTRA },
    ...fields('header').flatMap(({ name, schema: wanted }) =>
      unlike(wanted, BAD_HEADERS).map(([what, text]) =>
        made(`the header ${name} is ${what}`, { headers: { ...right.headers, [name]: text } }),
      ),
    ),
    ...(schema === undefined ? [] : bodyCases(schema, right.body).map(([what, body]) => made(what, { body }))),
    ...(schema === undefined ? [] : rawCases(made('', {}))),
  ];
}

/** The texts that the pattern of a field does not allow by chance: forty nines are a name. */
function unlike({ pattern, anyOf = [] }: Schema = {}, texts: Readonly<Record<string, string>>): [string, string][] {
  const patterns = [pattern, ...anyOf.map((one) => one.pattern)].flatMap((one) => (one === undefined ? [] : [new RegExp(one, 'u')]));
  return Object.entries(texts).filter(([, text]) => {
    const plain = decoded(text);
    return plain === undefined || !patterns.some((one) => one.test(plain));
  });
}

/** Nothing for bytes that are no text. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Bodies with one thing wrong, at every place of the schema. */
function bodyCases(schema: Schema, right: unknown, place = 'body'): [string, unknown][] {
  const wrong = Object.entries(BAD_VALUES)
    .filter(([, value]) => !(value === null && schema.nullable) && !fits(schema, value))
    .map(([what, value]): [string, unknown] => [`${place} is ${what}`, value]);
  if (schema.items && Array.isArray(right)) {
    const [first, ...others] = right as unknown[];
    const inner = bodyCases(schema.items, first, `${place}[0]`).map(([what, value]): [string, unknown] => [what, [value, ...others]]);
    return [...wrong, ...inner, [`${place} is empty`, []], [`${place} is long`, Array.from({ length: 100 }, () => first)]];
  }
  if (!schema.properties) return wrong;
  const object = (right ?? {}) as Record<string, unknown>;
  return [
    ...wrong,
    [`${place} has one more`, { ...object, [EXTRA]: 1 }],
    ...(schema.required ?? []).map((name): [string, unknown] => [`${place}.${name} is missing`, { ...object, [name]: undefined }]),
    ...Object.entries(schema.properties).flatMap(([name, inner]) =>
      bodyCases(inner, object[name], `${place}.${name}`).map(([what, value]): [string, unknown] => [what, { ...object, [name]: value }]),
    ),
  ];
}

/** Values that are of the right kind, so that the schema alone does not say that they are wrong. */
function fits({ type, properties, pattern }: Schema, value: unknown): boolean {
  if (pattern !== undefined && typeof value === 'string') return new RegExp(pattern, 'u').test(value);
  if (type === 'boolean') return typeof value === 'boolean';
  return Boolean(properties) && Object.keys(properties ?? {}).length === 0 && JSON.stringify(value) === '{}';
}

/** Bodies that are no JSON in UTF-8. */
function rawCases(right: FieldCase): FieldCase[] {
  const text = right.payload?.toString() ?? '{}';
  const raw = {
    'not UTF-8': Buffer.concat([Buffer.from(text.slice(0, -1)), Buffer.from([0x2c, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])]),
    'cut short': Buffer.from(text.slice(0, -1)),
    'a prototype': Buffer.from('{"__proto__":{"admin":true}}'),
    'nested deeply': Buffer.from(`${'['.repeat(1_000)}${']'.repeat(1_000)}`),
    empty: Buffer.from(''),
  };
  return Object.entries(raw).map(([what, payload]) => ({
    ...right,
    what: `${right.what}the body is ${what}`,
    headers: { ...right.headers, 'content-type': 'application/json' },
    payload,
  }));
}
