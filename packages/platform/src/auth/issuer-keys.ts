import { createLocalJWKSet, errors } from 'jose';
import type { JSONWebKeySet, JWTVerifyGetKey } from 'jose';
import type { PlatformFetch } from '../tls/platform-fetch.ts';
import { LONGEST_SILENCE_MS } from './revoked-tokens.ts';

const PATIENCE_MS = 5_000;
/** Between two questions about a key id that is unknown: whoever makes up ids must not make this service ask for each. */
const COOLDOWN_MS = 5_000;

/** Finds the key that a token names; `reload` fetches all of them now, `ids` are those of the ones that are here. */
export type IssuerKeys = JWTVerifyGetKey & { readonly reload: () => Promise<void>; readonly ids: () => readonly string[] | undefined };
type KeySet = ReturnType<typeof createLocalJWKSet>;

/**
 * The key set that an issuer publishes (RFC 7517, section 5): fetched when first needed, kept, and fetched anew when a key id is unknown
 * (rotation) or it is old. As jose's `createRemoteJWKSet`, which for its headers loads Node's fetch: a twentieth of a start, and 1 to 2 MB.
 */
export function issuerKeys(url: string, fetch: PlatformFetch): IssuerKeys {
  let held: { readonly keys: KeySet; readonly ids: readonly string[]; readonly at: number } | undefined;
  let loading: Promise<NonNullable<typeof held>> | undefined;

  const load = async (): Promise<NonNullable<typeof held>> => {
    const answer = await fetch(url, {
      headers: { accept: 'application/jwk-set+json, application/json' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    if (!answer.ok) throw new Error(`expected the keys of an issuer at ${url}, found HTTP status ${answer.status}`);
    const keys = keySet(url, await answer.json());
    // once: jose copies the whole set for whoever asks
    held = { keys, ids: keys.jwks().keys.map(({ kid = '' }) => kid), at: Date.now() };
    return held;
  };
  const reload = async (): Promise<NonNullable<typeof held>> => {
    loading ??= load().finally(() => (loading = undefined));
    return loading;
  };
  const find: JWTVerifyGetKey = async (header, token) => {
    const { keys, at } = held !== undefined && isWithin(held.at, LONGEST_SILENCE_MS) ? held : await reload();
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey) || isWithin(at, COOLDOWN_MS)) throw error;
      return (await reload()).keys(header, token);
    }
  };
  return Object.assign(find, { reload: async () => void (await reload()), ids: () => held?.ids });
}

/** What is no key set says nothing about a token: no error of jose's, which would. */
function keySet(url: string, answer: unknown): KeySet {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- jose refuses what is none
    return createLocalJWKSet(answer as JSONWebKeySet);
  } catch (cause) {
    throw new Error(`expected a key set at ${url} (RFC 7517, section 5), found something else`, { cause });
  }
}

function isWithin(since: number, ms: number): boolean {
  return Date.now() < since + ms;
}
