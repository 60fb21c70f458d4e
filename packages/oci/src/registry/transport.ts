import { setTimeout as delay } from 'node:timers/promises';

import type { Dispatcher } from 'undici';
import { request } from 'undici';

import { isOciError, OciError } from '../error.ts';
import { parseChallenge } from './challenge.ts';
import type { ConnectionOptions } from './connection.ts';
import { openConnections, registryUrl } from './connection.ts';
import { readBounded } from './read-bounded.ts';
import type { Credentials } from './token-source.ts';
import { TokenSource } from './token-source.ts';

export type TransportOptions = ConnectionOptions & {
  /** gives the OIDC token that the token endpoint takes as password; without it everything is asked anonymously */
  password?: () => Promise<string>;
  /** other origins than the registry's own that may be the token endpoint, for instance `https://identity.example:9443` */
  tokenOrigins?: string[];
  /** for the first byte of an answer, and between two bytes of a body; 30,000 without it */
  timeoutMs?: number;
};

export type Call = {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** absolute, or relative to the registry */
  url: string | URL;
  /** what the token must allow */
  scope: string;
  headers?: Record<string, string>;
  /** made anew for each try */
  body?: () => Dispatcher.DispatchOptions['body'];
  /** may be sent again after a failure, as GET and HEAD always may */
  repeatable?: boolean;
  /** statuses that the caller understands; others become errors */
  accept: number[];
};

export type Answer = Dispatcher.ResponseData & { header(name: string): string | undefined };

const DEFAULT_TIMEOUT_MS = 30_000;
const ERROR_BODY_LIMIT = 64 * 1024;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REDIRECT_LIMIT = 3;
const TROUBLE = new Set([429, 500, 502, 503, 504]);
/**
 * distribution 2.8 writes its links in place: who reads one at that moment finds it empty, and the registry then calls a digest invalid
 * that is not. It passes by itself.
 */
const PASSING_REASON = 'DIGEST_INVALID';
/** Pauses before the second and third try of what may be tried again. */
const RETRY_PAUSES_MS = [100, 500];

/** HTTP to one registry: tokens, time-outs, retries of idempotent calls, and redirects that take no credentials along. */
export class Transport {
  readonly base: URL;
  readonly #options: TransportOptions;
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;
  #tokens: TokenSource | undefined;

  constructor(options: TransportOptions) {
    this.base = registryUrl(options);
    this.#options = options;
    this.#dispatcher = openConnections(options);
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  }

  /** @throws OciError */
  async call(call: Call): Promise<Answer> {
    const repeatable = call.method === 'GET' || call.method === 'HEAD' || call.repeatable === true;
    const pauses = repeatable ? RETRY_PAUSES_MS : [];
    for (const pause of pauses) {
      try {
        return await this.#once(call);
      } catch (error) {
        if (!isOciError(error, 'UNREACHABLE')) throw error;
        await delay(pause);
      }
    }
    return this.#once(call);
  }

  async close(): Promise<void> {
    if (this.#options.dispatcher === undefined) await this.#dispatcher.close();
  }

  async #once(call: Call): Promise<Answer> {
    const url = new URL(call.url, this.base);
    this.#refuseOtherOrigin(url);
    let answer = await this.#send(call, url, await this.#authorization(call.scope));
    if (answer.statusCode === 401) {
      await answer.body.dump();
      this.#tokens ??= this.#tokenSource(answer.header('www-authenticate'));
      this.#tokens.forget(call.scope);
      answer = await this.#send(call, url, await this.#authorization(call.scope));
    }
    if (call.method === 'GET' && REDIRECTS.has(answer.statusCode)) answer = await this.#follow(call, url, answer);
    return call.accept.includes(answer.statusCode) ? answer : this.#fail(call, url, answer);
  }

  async #authorization(scope: string): Promise<Record<string, string>> {
    return this.#tokens === undefined ? {} : { authorization: `Bearer ${await (this.#tokens as Credentials).token(scope)}` };
  }

  #tokenSource(challenge: string | undefined): TokenSource {
    const trustedOrigins = new Set([this.base.origin, ...(this.#options.tokenOrigins ?? []).map((origin) => new URL(origin).origin)]);
    const { password } = this.#options;
    return new TokenSource(parseChallenge(challenge, this.base), {
      ...(password === undefined ? {} : { password }),
      trustedOrigins,
      dispatcher: this.#dispatcher,
      timeoutMs: this.#timeoutMs,
    });
  }

  async #send({ method, headers, body }: Call, url: URL, authorization: Record<string, string>): Promise<Answer> {
    const answer = await request(url, {
      dispatcher: this.#dispatcher,
      method,
      headers: { ...headers, ...authorization },
      ...(body === undefined ? {} : { body: body() }),
      headersTimeout: this.#timeoutMs,
      bodyTimeout: this.#timeoutMs,
    }).catch((cause: unknown) => {
      if (isOciError(cause)) throw cause; // the content that was being sent failed, not the registry
      throw new OciError({
        code: 'UNREACHABLE',
        message: `expected an answer to ${method} ${url.origin}${url.pathname}, found none: is the registry up, and its certificate from the platform's CA?`,
        cause,
      });
    });
    return Object.assign(answer, {
      header(name: string) {
        const value = answer.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
    });
  }

  /** A blob may lie elsewhere (distribution-spec 1.1, "Pulling blobs"): its digest is checked, and our token stays here. */
  async #follow(call: Call, from: URL, redirect: Answer): Promise<Answer> {
    let answer = redirect;
    let url = from;
    for (let hop = 0; hop < REDIRECT_LIMIT && REDIRECTS.has(answer.statusCode); hop += 1) {
      const location = answer.header('location') ?? '';
      await answer.body.dump();
      if (!URL.canParse(location, url.href))
        throw new OciError({ code: 'MALFORMED', message: `expected a URL to be redirected to by ${url.origin}, found none` });
      url = new URL(location, url);
      if (url.protocol !== this.base.protocol)
        throw new OciError({
          code: 'MALFORMED',
          message: `expected ${this.base.protocol}// to be redirected to by ${this.base.origin}, found ${url.protocol}//`,
        });
      answer = await this.#send(call, url, url.origin === this.base.origin ? await this.#authorization(call.scope) : {});
    }
    return answer;
  }

  /** Tokens and content go to the registry alone, whatever a Location of its answers says. */
  #refuseOtherOrigin(url: URL): void {
    if (url.origin === this.base.origin) return;
    throw new OciError({
      code: 'MALFORMED',
      message: `expected an address at ${this.base.origin}, found ${url.origin}: nothing is sent there`,
    });
  }

  async #fail(call: Call, url: URL, answer: Answer): Promise<never> {
    const status = answer.statusCode;
    const reason = registryReason(
      await readBounded(answer.body, ERROR_BODY_LIMIT, 'an error of the registry').catch(() => Buffer.alloc(0)),
    );
    const found = reason === undefined ? `${status}` : `${status} (${reason.code}: ${reason.message})`;
    const message = `expected ${call.method} ${url.origin}${url.pathname} to answer ${call.accept.join(' or ')}, found ${found}`;
    if (status === 404) throw new OciError({ code: 'NOT_FOUND', message });
    if (status === 401 || status === 403) {
      throw new OciError({ code: 'DENIED', message: `${message}; the identity needs the right to ${call.scope || 'use the registry'}` });
    }
    const passes = TROUBLE.has(status) || (call.repeatable === true && reason?.code === PASSING_REASON);
    throw new OciError({ code: passes ? 'UNREACHABLE' : 'MALFORMED', message });
  }
}

/** The code and message of a registry's error body (distribution-spec 1.1, "Error codes"), cut short. */
function registryReason(body: Buffer): { code: string; message: string } | undefined {
  try {
    const { errors }: { errors?: { code?: unknown; message?: unknown }[] } = JSON.parse(body.toString('utf8'));
    const [first] = Array.isArray(errors) ? errors : [];
    return first === undefined ? undefined : { code: String(first.code).slice(0, 60), message: String(first.message).slice(0, 200) };
  } catch {
    return undefined;
  }
}
