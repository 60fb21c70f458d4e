import { decodeJwt } from 'jose';
import { AUDIENCE } from '@seaworthy/contracts';
import type { PlatformFetch } from '../tls/platform-fetch.ts';
import { AuthError } from './auth.error.ts';

export interface WorkloadTokenOptions {
  identityUrl: string;
  clientId: string;
  clientSecret: string;
  fetch: PlatformFetch;
  audience?: string;
}

/** Gives a token that is fresh enough for one request. */
export interface WorkloadToken {
  (): Promise<string>;
  /** For who was refused with this token, which may be revoked: the next caller gets another one. Changes nothing once another one has its place. */
  forget(token: string): void;
}

/** Seconds before its end at which a token is no longer handed out: a request in flight must not outlive it. */
const MARGIN_S = 60;

/**
 * The access token by which a workload shows who it is (OAuth 2.0 client credentials, RFC 6749 section 4.4; RFC 8707
 * resource indicator). Kept until shortly before it expires, or until it is forgotten; concurrent callers share one request.
 */
export function workloadToken(options: WorkloadTokenOptions): WorkloadToken {
  let current: { token: string; expires: number } | undefined;
  let pending: Promise<string> | undefined;
  const give = async (): Promise<string> => {
    if (current && current.expires - MARGIN_S > Date.now() / 1000) return current.token;
    pending ??= request(options)
      .then((token) => {
        current = { token, expires: decodeJwt(token).exp ?? 0 };
        return token;
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };
  const forget = (token: string): void => {
    if (current?.token === token) current = undefined;
  };
  return Object.assign(give, { forget });
}

async function request({ identityUrl, clientId, clientSecret, fetch, audience = AUDIENCE }: WorkloadTokenOptions): Promise<string> {
  const basic = Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64');
  const answer = await fetch(`${identityUrl}/workloads/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', resource: audience }).toString(),
    signal: AbortSignal.timeout(10_000),
  });
  const body = (await answer.json()) as { access_token?: string; error?: string };
  if (answer.ok && body.access_token) return body.access_token;
  throw new AuthError({
    code: 'TOKEN_REFUSED',
    message: `expected an access token for ${clientId} from ${identityUrl}/workloads, found ${answer.status} ${body.error ?? ''}; is its client-secret the one that identity knows?`,
  });
}
