import { createHash, randomBytes } from 'node:crypto';
import { AUDIENCE } from '@seaworthy/contracts';
import type { RequestInit, Response } from 'undici';

const CLIENT = 'seaworthy-cli';
/** Nothing listens there: this program reads the address of the last redirect instead of following it. */
const CALLBACK = 'http://127.0.0.1/callback';
const MOST_REDIRECTS = 5;

export interface LoginOptions {
  /** such as `https://identity.seaworthy.internal:9443` */
  identityUrl: string;
  /** fetch that trusts the platform's root */
  fetch: (url: string, init?: RequestInit) => Promise<Response>;
  name: string;
  password: string;
}

/** The log-in did not end with a token. */
export class LoginError extends Error {
  readonly code: 'LOGIN_REFUSED' | 'LOGIN_LIMITED' | 'LOGIN_BROKEN';

  constructor(code: LoginError['code'], message: string) {
    super(message);
    this.name = 'LoginError';
    this.code = code;
  }
}

/**
 * A person's access token, had as a browser has it: authorization code with PKCE (RFC 6749 section 4.1, RFC 7636) through the
 * issuer's login page. There is no password grant; this fills in the form.
 */
export async function developerToken(options: LoginOptions): Promise<string> {
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const browser = new Browser(options.fetch);
  const page = await browser.follow(authorizationUrl(options.identityUrl, verifier, state));
  const answer = await browser.submit(page.url, { name: options.name, password: options.password });
  return redeem(options, codeFrom(answer.url, state), verifier);
}

function authorizationUrl(identityUrl: string, verifier: string, state: string): string {
  const url = new URL(`${identityUrl}/people/auth`);
  url.search = new URLSearchParams({
    client_id: CLIENT,
    response_type: 'code',
    redirect_uri: CALLBACK,
    scope: 'openid',
    resource: AUDIENCE,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state,
  }).toString();
  return url.href;
}

/** The code belongs to this login only when the state is ours (RFC 6749 section 10.12). */
function codeFrom(url: string, state: string): string {
  const parameters = new URL(url).searchParams;
  const code = parameters.get('code');
  if (url.startsWith(CALLBACK) && code && parameters.get('state') === state) return code;
  throw new LoginError(
    'LOGIN_BROKEN',
    `expected an authorization code for this login, found ${parameters.get('error') ?? 'none'}; log in again`,
  );
}

async function redeem({ identityUrl, fetch }: LoginOptions, code: string, verifier: string): Promise<string> {
  const answer = await fetch(`${identityUrl}/people/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: CLIENT,
      redirect_uri: CALLBACK,
      code,
      code_verifier: verifier,
    }).toString(),
  });
  const body = (await answer.json()) as { access_token?: string; error?: string };
  if (answer.ok && body.access_token) return body.access_token;
  throw new LoginError('LOGIN_BROKEN', `expected an access token for the code, found ${answer.status} ${body.error ?? ''}; log in again`);
}

/** As much of a browser as a login needs: cookies of one host, redirects up to the loopback address. */
class Browser {
  readonly #fetch: LoginOptions['fetch'];
  readonly #cookies = new Map<string, string>();

  constructor(fetch: LoginOptions['fetch']) {
    this.#fetch = fetch;
  }

  async follow(url: string): Promise<{ url: string }> {
    return this.#go(url, { method: 'GET' });
  }

  async submit(url: string, fields: Record<string, string>): Promise<{ url: string }> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#go(url, { method: 'POST', headers, body: new URLSearchParams(fields).toString() });
  }

  async #go(url: string, init: RequestInit): Promise<{ url: string }> {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer = await this.#fetch(url, {
        ...init,
        redirect: 'manual',
        headers: { ...(init.headers as Record<string, string>), cookie },
      });
      await answer.body?.cancel();
      this.#remember(answer);
      const location = answer.headers.get('location');
      if (answer.status === 200) return { url };
      if (answer.status !== 303 && answer.status !== 302) throw refusal(answer.status);
      url = new URL(location ?? '', url).href;
      if (url.startsWith(CALLBACK)) return { url };
      init = { method: 'GET' };
    }
    throw new LoginError('LOGIN_BROKEN', `expected a page within ${MOST_REDIRECTS} redirects, found more`);
  }

  #remember(answer: Response): void {
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name === undefined || value === undefined) continue;
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }
}

function refusal(status: number): LoginError {
  if (status === 401)
    return new LoginError('LOGIN_REFUSED', 'expected a known name and password, found another; see the output of npm start');
  if (status === 429) return new LoginError('LOGIN_LIMITED', 'expected fewer attempts; wait a minute');
  return new LoginError('LOGIN_BROKEN', `expected the login page, found status ${status}`);
}
