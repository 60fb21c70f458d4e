import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface EngineRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** an object is sent as JSON, a stream as a tar archive */
  readonly body?: object | Readable;
}

/** Far beyond what a busy machine needs: who waits for its turn would wait for as long as an engine does not answer. */
const INSPECT_MS = 60_000;

/** The engine's API behind its unix socket. Every request is written anew: no byte or header of a client reaches the engine as it came. */
export class EngineSocket {
  readonly #socketPath: string;
  readonly #signal: AbortSignal | undefined;

  constructor(socketPath: string, signal?: AbortSignal) {
    this.#socketPath = socketPath;
    this.#signal = signal;
  }

  /** The same engine for one request: nothing is asked of it, or waited for, once the signal is aborted. */
  until(signal: AbortSignal): EngineSocket {
    return new EngineSocket(this.#socketPath, signal);
  }

  async send({ method, path, query = {}, body }: EngineRequest): Promise<IncomingMessage> {
    const signal = this.#signal;
    signal?.throwIfAborted();
    const search = new URLSearchParams(query).toString();
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = httpRequest({
      socketPath: this.#socketPath,
      method,
      path: search ? `${path}?${search}` : path,
      headers: { host: 'engine' },
      agent: false,
      ...(signal ? { signal } : {}),
    });
    outgoing.once('response', resolve).once('error', reject);
    if (body === undefined) outgoing.end();
    else if (isStream(body)) await this.#stream(body, outgoing, reject);
    else {
      const bytes = Buffer.from(JSON.stringify(body));
      outgoing.setHeader('content-type', 'application/json').setHeader('content-length', bytes.length);
      outgoing.end(bytes);
    }
    return promise;
  }

  /** Answers the parsed JSON of a GET, or undefined where the engine says 404. */
  async inspect(path: string): Promise<unknown> {
    const limit = AbortSignal.timeout(INSPECT_MS);
    const patient = this.until(this.#signal ? AbortSignal.any([this.#signal, limit]) : limit);
    const response = await patient.send({ method: 'GET', path });
    const value = await json(response);
    if (response.statusCode === 404) return undefined;
    if (response.statusCode !== 200) throw new Error(`expected 200 from the engine for ${path}, found ${response.statusCode}`);
    return value;
  }

  async #stream(body: Readable, outgoing: ReturnType<typeof httpRequest>, reject: (cause: unknown) => void): Promise<void> {
    outgoing.setHeader('content-type', 'application/x-tar');
    pipeline(body, outgoing).catch(reject);
    await Promise.resolve();
  }
}

function isStream(body: object): body is Readable {
  return 'pipe' in body && typeof body.pipe === 'function';
}
