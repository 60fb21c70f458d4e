import type { Dispatcher } from 'undici';
import { request } from 'undici';

import { OciError } from '../error.ts';
import type { Challenge } from './challenge.ts';
import { readBounded } from './read-bounded.ts';

/** Gives the bearer token for a scope, such as `repository:staging/catalog:pull,push`. */
export interface Credentials {
  token(scope: string): Promise<string>;
}

const TOKEN_ANSWER_LIMIT = 64 * 1024;
const DEFAULT_LIFETIME_SECONDS = 60;
/** A token this close to its end is not used any more. */
const SLACK_SECONDS = 5;

type CachedToken = { value: Promise<string>; usableUntil: number };

/** The client's side of the token flow (distribution "Token Authentication Specification"), with a cache by scope. */
export class TokenSource implements Credentials {
  readonly #challenge: Challenge;
  readonly #options: { password?: () => Promise<string>; trustedOrigins: ReadonlySet<string>; dispatcher: Dispatcher; timeoutMs: number };
  readonly #cache = new Map<string, CachedToken>();

  /**
   * @param options.trustedOrigins the only origins that may be asked with the password. A registry's answer names the realm,
   *   so a registry that was taken over could otherwise have the password sent anywhere.
   */
  constructor(
    challenge: Challenge,
    options: { password?: () => Promise<string>; trustedOrigins: ReadonlySet<string>; dispatcher: Dispatcher; timeoutMs: number },
  ) {
    if (!options.trustedOrigins.has(challenge.realm.origin)) {
      const trusted = [...options.trustedOrigins].join(', ');
      throw new OciError({
        code: 'DENIED',
        message: `expected a token endpoint at ${trusted}, found ${challenge.realm.origin}: no password is sent there`,
      });
    }
    this.#challenge = challenge;
    this.#options = options;
  }

  async token(scope: string): Promise<string> {
    const cached = this.#cache.get(scope);
    if (cached !== undefined && Date.now() < cached.usableUntil) return cached.value;
    const fetched = this.#fetch(scope);
    const entry: CachedToken = { value: fetched.then(({ token }) => token), usableUntil: Number.POSITIVE_INFINITY };
    this.#cache.set(scope, entry);
    try {
      const { lifetime } = await fetched;
      entry.usableUntil = Date.now() + Math.max(lifetime - SLACK_SECONDS, 1) * 1000;
    } catch (error) {
      this.forget(scope);
      await entry.value.catch(() => undefined);
      throw error;
    }
    return entry.value;
  }

  /** After the registry refused a token: the next one is fetched anew. */
  forget(scope: string): void {
    this.#cache.delete(scope);
  }

  async #fetch(scope: string): Promise<{ token: string; lifetime: number }> {
    const url = new URL(this.#challenge.realm);
    if (this.#challenge.service !== undefined) url.searchParams.set('service', this.#challenge.service);
    for (const part of scope.split(' ').filter(Boolean)) url.searchParams.append('scope', part);
    const password = await this.#options.password?.();
    const answer = await this.#ask(
      url,
      password === undefined ? {} : { authorization: `Basic ${Buffer.from(`token:${password}`).toString('base64')}` },
    );
    const token = answer.token ?? answer.access_token;
    if (typeof token !== 'string' || token === '')
      throw new OciError({ code: 'MALFORMED', message: `expected a token from ${url.origin}, found an answer without one` });
    const lifetime = typeof answer.expires_in === 'number' && answer.expires_in > 0 ? answer.expires_in : DEFAULT_LIFETIME_SECONDS;
    return { token, lifetime };
  }

  async #ask(url: URL, headers: Record<string, string>): Promise<{ token?: unknown; access_token?: unknown; expires_in?: unknown }> {
    const { dispatcher, timeoutMs } = this.#options;
    const response = await request(url, { dispatcher, headers, headersTimeout: timeoutMs, bodyTimeout: timeoutMs }).catch(
      (cause: unknown) => {
        throw new OciError({ code: 'UNREACHABLE', message: `expected a token from ${url.origin}, found no answer`, cause });
      },
    );
    const body = await readBounded(response.body, TOKEN_ANSWER_LIMIT, 'an answer of the token endpoint');
    if (response.statusCode === 401 || response.statusCode === 403) {
      throw new OciError({
        code: 'DENIED',
        message: `expected a token for ${url.searchParams.getAll('scope').join(' ') || 'no scope'} from ${url.origin}, found a refusal (${response.statusCode}): check the identity and its rights`,
      });
    }
    if (response.statusCode !== 200)
      throw new OciError({ code: 'UNREACHABLE', message: `expected a token from ${url.origin}, found status ${response.statusCode}` });
    try {
      const json: unknown = JSON.parse(body.toString('utf8'));
      return typeof json === 'object' && json !== null ? json : {};
    } catch (cause) {
      throw new OciError({ code: 'MALFORMED', message: `expected JSON from the token endpoint ${url.origin}`, cause });
    }
  }
}
