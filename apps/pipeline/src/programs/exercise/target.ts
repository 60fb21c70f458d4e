import { readFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import { connect as connectPlain } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SecureVersion } from 'node:tls';
import { z } from 'zod';

const Target = z.object({
  service: z.string(),
  host: z.string(),
  port: z.int(),
  health: z.object({ live: z.string(), ready: z.string() }),
  /** whether the stores that it needs are there: then it has to get ready */
  hasStores: z.boolean(),
  /** how long it may take until it answers, and until it is ready */
  startsWithinMs: z.int(),
});

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Ask {
  readonly method?: string;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 8000;
const MOST_BYTES = 1024 ** 2;

/** The service that is tried, by its address, under the name that its certificate is for. */
export class TargetService {
  readonly service: string;
  readonly health: { readonly live: string; readonly ready: string };
  readonly hasStores: boolean;
  readonly startsWithinMs: number;
  readonly #address: string;
  readonly #host: string;
  readonly #port: number;
  readonly #ca: string;
  readonly #agent: Agent;

  constructor(directory: string, address: string) {
    const { service, host, port, health, hasStores, startsWithinMs } = Target.parse(
      JSON.parse(readFileSync(`${directory}/target.json`, 'utf8')),
    );
    this.service = service;
    this.health = health;
    this.hasStores = hasStores;
    this.startsWithinMs = startsWithinMs;
    this.#address = address;
    this.#host = host;
    this.#port = port;
    this.#ca = readFileSync(`${directory}/root.pem`, 'utf8');
    this.#agent = new Agent({ keepAlive: true, maxSockets: 8 });
  }

  /** TLS is verified like a client's. @throws when there is no answer */
  async ask(path: string, { method = 'GET', body, headers = {} }: Ask = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = httpsRequest({
      host: this.#address,
      port: this.#port,
      servername: this.#host,
      ca: this.#ca,
      agent: this.#agent,
      method,
      path,
      headers: {
        host: `${this.#host}:${this.#port}`,
        ...headers,
        ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
      },
      timeout: PATIENCE_MS,
    });
    request.once('timeout', () => request.destroy(Object.assign(new Error('no answer'), { code: 'TIMEOUT' })));
    request.once('error', reject);
    request.once('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        if (text.length < MOST_BYTES) text += chunk;
      });
      response.once('error', reject);
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    request.end(body);
    return promise;
  }

  /** What comes back for a request in the clear; nothing when the connection is closed. */
  async askInTheClear(): Promise<string> {
    return new Promise((resolve) => {
      let text = '';
      const socket = connectPlain({ host: this.#address, port: this.#port, timeout: PATIENCE_MS }, () =>
        socket.write(`GET ${this.health.live} HTTP/1.1\r\nhost: ${this.#host}\r\nconnection: close\r\n\r\n`),
      );
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.once('timeout', () => socket.destroy());
      socket.once('error', () => undefined).once('close', () => resolve(text));
    });
  }

  /** The version of TLS that was agreed on, or the code of the refusal. */
  async agreeOn(version: SecureVersion): Promise<string> {
    return new Promise((resolve) => {
      const socket = connectTls({
        host: this.#address,
        port: this.#port,
        servername: this.#host,
        ca: this.#ca,
        minVersion: version,
        maxVersion: version,
        // this side must be willing, or nothing is learned of the other
        ciphers: 'DEFAULT@SECLEVEL=0',
        timeout: PATIENCE_MS,
      });
      socket.once('secureConnect', () => {
        resolve(socket.getProtocol() ?? 'unknown');
        socket.destroy();
      });
      socket.once('timeout', () => socket.destroy(Object.assign(new Error('no answer'), { code: 'TIMEOUT' })));
      socket.once('error', (error) => resolve('code' in error ? String(error.code) : error.message));
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
