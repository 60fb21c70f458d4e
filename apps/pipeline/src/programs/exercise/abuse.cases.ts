/** What of an OpenAPI 3 document is needed to abuse what it describes. */
export interface OpenApi {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}
interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema?: Schema; readonly required?: boolean }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
}
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly minimum?: number;
  readonly format?: string;
}

export interface AbuseCase {
  readonly what: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const MOST_CASES = 400;
const LONG = 'A'.repeat(6000);
const NUL = '\u0000';
/** as part of a path or a query, percent-encoded: of another type, too long, a NUL, a way up, signs that other languages read */
const TEXTS = [
  '',
  'abc',
  '-1',
  '0',
  '1e400',
  '9'.repeat(40),
  NUL,
  `a${NUL}b`,
  '../../etc/passwd',
  "' OR '1'='1",
  '<script>',
  '${x}',
  '\u202e',
  '\ud83d',
  LONG,
];
const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1e308,
  0.1,
  '',
  'abc',
  NUL,
  `a${NUL}b`,
  LONG.repeat(4),
  [],
  [[]],
  {},
  { $ne: null },
  '\ud83d',
];
const JSON_TYPE = { 'content-type': 'application/json' };

/** Everything that a client can get wrong about what a service says of itself: wrong types, missing, extra, oversized, NUL, nested. */
export function abuseCases(document: OpenApi): AbuseCase[] {
  const cases = Object.entries(document.paths ?? {}).flatMap(([path, operations]) =>
    METHODS.flatMap((method) => (operations[method] ? operationCases(document, path, method, operations[method]) : [])),
  );
  // of each operation some, where there are too many
  const step = Math.max(1, Math.ceil(cases.length / MOST_CASES));
  return cases.filter((_case, index) => index % step === 0);
}

function operationCases(document: OpenApi, path: string, method: string, { parameters = [], requestBody }: Operation): AbuseCase[] {
  const where = { method: method.toUpperCase(), headers: {} };
  const [inPath, inQuery] = ['path', 'query'].map((place) => parameters.filter((parameter) => parameter.in === place));
  const fill = (change: Readonly<Record<string, string>> = {}): string =>
    path.replace(/\{([^}]+)\}/g, (_all, name: string) =>
      encoded(change[name] ?? sampleOf(document, inPath?.find((one) => one.name === name)?.schema)),
    );
  const schema = requestBody?.content?.['application/json']?.schema;
  const good = schema ? JSON.stringify(sampleOf(document, schema)) : undefined;
  const base = { ...where, path: fill(), ...(good === undefined ? {} : { body: good, headers: JSON_TYPE }) };
  const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name ?? '');
  return [
    { ...base, what: 'as described' },
    { ...base, what: 'a token that is none', headers: { ...base.headers, authorization: `Bearer ${LONG}` } },
    {
      ...base,
      what: 'headers with signs',
      headers: { ...base.headers, 'x-request-id': '<>"', 'if-none-match': LONG, accept: 'x/y', 'idempotency-key': LONG },
    },
    ...names.flatMap((name) =>
      TEXTS.map((text) => ({ ...base, what: `${name} in the path is ${shown(text)}`, path: fill({ [name]: text }) })),
    ),
    ...(inQuery ?? []).flatMap(({ name }) =>
      TEXTS.map((text) => ({ ...base, what: `${name} in the query is ${shown(text)}`, path: `${fill()}?${name}=${encoded(text)}` })),
    ),
    ...(inQuery ?? []).map(({ name }) => ({ ...base, what: `${name} twice`, path: `${fill()}?${name}=1&${name}=2&${name}[x]=3` })),
    { ...base, what: 'a query that nobody asked for', path: `${fill()}?__proto__=1&constructor=2&x=${encoded(LONG)}` },
    ...(schema ? bodyCases(document, schema, base) : []),
  ];
}

function bodyCases(document: OpenApi, schema: Schema, base: Omit<AbuseCase, 'what'>): AbuseCase[] {
  const sample = sampleOf(document, schema);
  const bodies: [string, string][] = [
    ['no body', ''],
    ['malformed JSON', '{"a":'],
    ['bytes that are no text', '{"a":"\udfff"}'],
    ['a prototype', '{"__proto__":{"admin":true},"constructor":{"prototype":{}}}'],
    ['nested deeply', `${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['two megabytes', JSON.stringify({ a: 'A'.repeat(2 * 1024 ** 2) })],
    ...VALUES.map((value): [string, string] => [`${shown(value)} instead of an object`, JSON.stringify(value)]),
  ];
  if (isRecord(sample)) {
    bodies.push(['a member that nobody asked for', JSON.stringify({ ...sample, seaworthy: 1 })]);
    for (const name of Object.keys(sample)) {
      const { [name]: _left, ...others } = sample;
      bodies.push([`without ${name}`, JSON.stringify(others)]);
      for (const value of VALUES) bodies.push([`${name} is ${shown(value)}`, JSON.stringify({ ...sample, [name]: value })]);
    }
  }
  return [
    ...bodies.map(([what, body]) => ({ ...base, what, body })),
    { ...base, what: 'another media type', headers: { 'content-type': 'application/xml' }, body: '<a/>' },
    { ...base, what: 'another encoding', headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: '{}' },
  ];
}

/** A value as the schema describes it, so that only what is changed in it is wrong. */
function sampleOf(document: OpenApi, schema: Schema | undefined, depth = 0): unknown {
  if (!schema || depth > 6) return 'a';
  if (schema.$ref) return sampleOf(document, document.components?.schemas?.[schema.$ref.split('/').at(-1) ?? ''], depth + 1);
  const [first] = schema.anyOf ?? schema.oneOf ?? [];
  if (first) return sampleOf(document, first, depth + 1);
  if (schema.enum) return schema.enum[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  if (type === 'object' || schema.properties)
    return Object.fromEntries(Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, sampleOf(document, inner, depth + 1)]));
  if (type === 'array') return [sampleOf(document, schema.items, depth + 1)];
  if (type === 'integer' || type === 'number') return Math.max(schema.minimum ?? 1, 1);
  if (type === 'boolean') return true;
  return schema.format === 'uuid' ? '018f4e2a-7b1c-7d3e-8f4a-5b6c7d8e9f00' : 'abc';
}

function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : String(value)).reduce((text, byte) => `${text}${plain(byte)}`, '');
}

/** RFC 3986, section 2.3: what needs no escape; anything else gets one, whatever it is. */
function plain(byte: number): string {
  const sign = String.fromCharCode(byte);
  return /[A-Za-z0-9._~-]/.test(sign) ? sign : `%${byte.toString(16).padStart(2, '0')}`;
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 24) ?? 'undefined';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
