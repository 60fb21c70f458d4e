import type { IncomingMessage } from 'node:http';
import { Refusal } from './refusal.ts';
import { isPlainSegment } from './rules/plain-path.ts';

export interface RequestLine {
  readonly method: string;
  /** without the version prefix: `/containers/create` */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

// Every segment of an allowed path is made of these characters alone, so nothing needs decoding and nothing can be decoded twice.
const VERSION = /^v1\.\d{2}$/;

/** Reads method, path and query as the engine would, and refuses every spelling that two readers could understand differently. */
export function readRequestLine(request: IncomingMessage): RequestLine {
  refuseAmbiguousHeaders(request);
  const [rawPath = '', rawQuery = '', ...rest] = (request.url ?? '').split('?');
  if (rest.length > 0) throw new Refusal({ rule: 'QUERY', message: 'expected one question mark at most' });
  const [root, ...segments] = rawPath.split('/');
  if (VERSION.test(segments[0] ?? '')) segments.shift();
  if (root !== '' || segments.length === 0 || !segments.every(isPlainSegment)) {
    throw new Refusal({ rule: 'ENCODING', message: 'expected a plain path without escapes, empty or dot segments' });
  }
  return { method: request.method ?? '', path: `/${segments.join('/')}`, query: readQuery(rawQuery) };
}

function refuseAmbiguousHeaders({ headers }: IncomingMessage): void {
  if (headers.upgrade !== undefined || /upgrade/i.test(headers.connection ?? '')) {
    throw new Refusal({ rule: 'ROUTE', message: 'connections are never upgraded: no attach, no hijack, no session' });
  }
  if (headers['content-encoding'] !== undefined) {
    throw new Refusal({ rule: 'ENCODING', message: 'expected a body without Content-Encoding' });
  }
  if (headers['transfer-encoding'] !== undefined && headers['transfer-encoding'] !== 'chunked') {
    throw new Refusal({ rule: 'ENCODING', message: 'expected no Transfer-Encoding other than chunked' });
  }
}

function readQuery(raw: string): Record<string, string> {
  const query = new Map<string, string>();
  if (/;|%(?![0-9a-fA-F]{2})/.test(raw)) throw new Refusal({ rule: 'ENCODING', message: 'expected a well-formed query' });
  for (const [key, value] of new URLSearchParams(raw)) {
    if (query.has(key)) throw new Refusal({ rule: 'QUERY', message: `expected ${JSON.stringify(key)} once, found it again` });
    query.set(key, value);
  }
  return Object.fromEntries(query);
}
