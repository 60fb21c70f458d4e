import {
  Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as httpRequest,
  type ServerResponse,
} from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BASE_HEADERS, refuse } from './answers.ts';
import type { RegistryRequest } from './registry-request.ts';

const REQUEST_HEADERS = ['accept', 'content-range', 'if-none-match', 'range'] as const;
const RESPONSE_HEADERS = [
  'accept-ranges',
  'cache-control',
  'content-length',
  'content-range',
  'content-type',
  'docker-content-digest',
  'docker-upload-uuid',
  'etag',
  'link',
  'location',
  'oci-filters-applied',
  'oci-subject',
  'range',
] as const;
const WITH_BODY = ['PATCH', 'POST', 'PUT'];
const IDLE_MS = 120_000;

/** The registry itself, behind a UNIX socket that only this service shares. Bodies stream in both directions, at the slower side's pace. */
export class Upstream {
  readonly #socketPath: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(socketPath: string) {
    this.#socketPath = socketPath;
  }

  /** Resolves to the bytes of the answer's body, when it has been sent. @throws UpstreamError; the client has been told, or is gone */
  async forward(request: IncomingMessage, response: ServerResponse, asked: Pick<RegistryRequest, 'kind' | 'target'>): Promise<number> {
    const behind = this.#request(request, asked);
    const answer = answerOf(behind);
    response.once('close', () => behind.destroy());
    const sent = send(request, behind);
    try {
      return await pass(await answer, request, response);
    } catch (cause) {
      refuse(response, 'UNAVAILABLE', 'expected an answer of the registry, found none; try again');
      throw new UpstreamError(cause);
    } finally {
      if (!request.complete) behind.destroy(); // answered early: what the client still sends is not wanted
      await sent;
    }
  }

  /** Resolves when the registry answers at all. */
  async ping(): Promise<void> {
    const behind = httpRequest({ socketPath: this.#socketPath, path: '/v2/', timeout: 900 });
    const answer = answerOf(behind);
    behind.end();
    (await answer).resume();
  }

  /** The headers are chosen, not copied: credentials stay here, and framing is written anew for a body that may be there. */
  #request({ method = 'GET', headers }: IncomingMessage, { kind, target }: Pick<RegistryRequest, 'kind' | 'target'>): ClientRequest {
    const length =
      WITH_BODY.includes(method) && headers['content-length'] !== undefined ? { 'content-length': headers['content-length'] } : {};
    // the registry also reads parameters from a body that says it is a form: what of them was judged stands in the address alone
    const type = kind === 'manifest' ? pick(headers, ['content-type']) : { 'content-type': 'application/octet-stream' };
    return httpRequest({
      agent: this.#agent,
      socketPath: this.#socketPath,
      method,
      path: target,
      headers: { host: 'registry', ...pick(headers, REQUEST_HEADERS), ...(WITH_BODY.includes(method) ? type : {}), ...length },
      timeout: IDLE_MS,
    });
  }
}

/** The way to the registry broke. */
export class UpstreamError extends Error {
  readonly code = 'REGISTRY_AWAY';

  constructor(cause: unknown) {
    super('expected an answer of the registry, found none; is it running?', { cause });
    this.name = 'UpstreamError';
  }
}

function answerOf(behind: ClientRequest): Promise<IncomingMessage> {
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    behind
      .once('response', resolve)
      .on('error', reject)
      .once('close', () => reject(new UpstreamError(undefined)))
      .once('timeout', () => behind.destroy(new UpstreamError('idle')));
  });
  answer.catch(() => undefined); // whoever awaits it is told; nobody else has to be
  return answer;
}

/** Never fails: a body that breaks off shows in the answer. */
async function send(request: IncomingMessage, behind: ClientRequest): Promise<void> {
  if (WITH_BODY.includes(request.method ?? '')) return pipeline(request, behind).catch(() => undefined);
  request.resume();
  behind.end();
}

async function pass(answer: IncomingMessage, request: IncomingMessage, response: ServerResponse): Promise<number> {
  const headers: OutgoingHttpHeaders = { ...BASE_HEADERS, ...pick(answer.headers, RESPONSE_HEADERS) };
  if (typeof headers['location'] === 'string') headers['location'] = pathOf(headers['location']);
  if (!request.complete) headers['connection'] = 'close';
  response.writeHead(answer.statusCode ?? 502, headers);
  const counter = new Counter();
  await pipeline(answer, counter, response);
  return counter.bytes;
}

class Counter extends Transform {
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    done(null, chunk);
  }
}

function pick(headers: IncomingHttpHeaders, names: readonly string[]): OutgoingHttpHeaders {
  return Object.fromEntries(names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
}

/** Addresses in answers lead back through this door, whatever the registry calls itself. */
function pathOf(location: string): string {
  const { pathname, search } = new URL(location, 'http://registry');
  return pathname + search;
}
