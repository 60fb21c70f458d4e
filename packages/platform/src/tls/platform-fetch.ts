import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { clientSpan } from '../telemetry/client-span.ts';

const LONGEST_SILENCE_MS = 30_000;

export interface PlatformRequest {
  method?: string;
  headers?: Readonly<Record<string, string>>;
  body?: string;
  signal?: AbortSignal;
}

export interface PlatformAnswer {
  readonly ok: boolean;
  readonly status: number;
  text(): Promise<string>;
  json(): Promise<unknown>;
}

/** What services need of `fetch`, so that whoever wants all of it can pass the real one. */
export type PlatformFetch = (url: string, init?: PlatformRequest) => Promise<PlatformAnswer>;

/**
 * Small requests over TLS to who has a certificate of this root, and of no other authority, not even the system's. Plain HTTP is refused,
 * redirects are answers like any other. It is made of node:https, which a service has loaded anyway: undici was a fifth of its program.
 */
export function platformFetch(rootPem: string): PlatformFetch {
  const agent = new Agent({ ca: rootPem, minVersion: 'TLSv1.3', keepAlive: true, timeout: LONGEST_SILENCE_MS });
  return async (url, init = {}) => {
    if (!url.startsWith('https://')) throw new TypeError(`expected an https:// URL, found ${url}`);
    return clientSpan(init.method ?? 'GET', new URL(url), async (traceHeaders) =>
      send(agent, url, { ...init, headers: { ...init.headers, ...traceHeaders } }),
    );
  };
}

async function send(agent: Agent, url: string, init: PlatformRequest): Promise<PlatformAnswer> {
  const { method = 'GET', headers = {}, body, signal } = init;
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers, ...(signal && { signal }) }, (answer) => {
      text(answer).then((content) => resolve(answerOf(answer.statusCode ?? 0, content)), failed);
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      // the other end closed a kept connection while it was taken up again: nothing was read there
      const again = sent.reusedSocket && error.code === 'ECONNRESET' && method === 'GET' && !signal?.aborted;
      if (again) resolve(send(agent, url, init));
      else reject(signal?.aborted ? signal.reason : error);
    };
    sent.on('error', failed);
    sent.on('timeout', () => sent.destroy(new Error(`expected an answer of ${url}, found silence for ${LONGEST_SILENCE_MS / 1000} s`)));
    sent.end(body);
  });
}

function answerOf(status: number, content: string): PlatformAnswer {
  return { status, ok: status >= 200 && status < 300, text: async () => content, json: async () => JSON.parse(content) as unknown };
}
