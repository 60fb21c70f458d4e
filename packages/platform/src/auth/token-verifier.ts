import { decodeJwt, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import type { PlatformFetch } from '../tls/platform-fetch.ts';
import { AuthError } from './auth.error.ts';
import type { Identity } from './identity.ts';
import { issuerKeys } from './issuer-keys.ts';
import type { IssuerKeys } from './issuer-keys.ts';
import type { Revocations } from './revoked-tokens.ts';
import { VerifiedTokens } from './verified-tokens.ts';

export type IssuerKind = keyof typeof ISSUERS;

type KeySource = JWTVerifyGetKey & Partial<Pick<IssuerKeys, 'ids'>>;
/** Where each trusted issuer's public keys come from. An issuer that is not named here is not trusted. */
export type KeySources = Partial<Record<IssuerKind, KeySource>>;

/** What can be said of a token after it was verified: whether it, or its key, counts no more. */
type Revocable = Pick<Identity, 'kind' | 'tokenId' | 'keyId'>;

const CLOCK_TOLERANCE_S = 5;

/**
 * Verifies access tokens of the platform's issuers: JWT profile for access tokens, RFC 9068. The algorithm is pinned to
 * ES256, so neither `none` nor a public key used as an HMAC secret gets through (RFC 8725 section 3.1).
 */
export class TokenVerifier {
  readonly #keys: KeySources;
  readonly #audience: string;
  readonly #revocations: Revocations | undefined;
  #verified = new VerifiedTokens();

  constructor({ keys, audience = AUDIENCE, revocations }: { keys: KeySources; audience?: string; revocations?: Revocations }) {
    this.#keys = keys;
    this.#audience = audience;
    this.#revocations = revocations;
  }

  /** The signature is verified once a minute; expiry and revocation are judged each time. @throws AuthError */
  async verify(token: string): Promise<Identity> {
    const news = this.#revocations?.ready();
    if (news) await news;
    const verified = this.#verified; // as it is now: what is verified while keys are withdrawn is not remembered
    const known = verified.find(token);
    const identity = known ?? (await this.inspect(token));
    if (this.isRevoked(identity)) {
      throw new AuthError({ code: 'TOKEN_REVOKED', message: 'expected a valid token, found one that was revoked; ask for a new one' });
    }
    if (!known) verified.keep(token, identity);
    return identity;
  }

  /** From now on each token's signature is verified anew: a key of its issuer may have been withdrawn. */
  forgetVerified(): void {
    this.#verified = new VerifiedTokens();
  }

  /**
   * Has the token been revoked meanwhile, or the key withdrawn that signed it? For what outlives the request that showed it.
   * @throws AuthError KEYS_UNREACHABLE
   */
  isRevoked({ tokenId, kind, keyId }: Revocable): boolean {
    return this.#revocations?.has(tokenId) === true || this.#isWithdrawn(kind, keyId);
  }

  /** Does a token that was verified still count, neither over nor revoked? Not where nobody can tell: its holder comes back, and is judged anew. */
  stillCounts({ expires, ...token }: Revocable & Pick<Identity, 'expires'>): boolean {
    if (Date.now() >= expires * 1000) return false;
    try {
      return !this.isRevoked(token);
    } catch {
      return false;
    }
  }

  /** Whose a token is that verifies, revoked or not. @throws AuthError TOKEN_MALFORMED | TOKEN_EXPIRED | TOKEN_UNTRUSTED | KEYS_UNREACHABLE */
  async inspect(token: string): Promise<Identity> {
    const { kind, keys } = this.#issuerOf(token);
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keys, {
        issuer: ISSUERS[kind],
        audience: this.#audience,
        algorithms: ['ES256'],
        typ: 'at+jwt',
        clockTolerance: CLOCK_TOLERANCE_S,
        requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id'],
      });
      return Object.freeze({
        kind: kind === 'people' ? 'person' : 'workload',
        name: String(payload.sub),
        roles: Object.freeze(kind === 'people' && Array.isArray(payload['roles']) ? payload['roles'].map(String) : []),
        expires: payload.exp ?? 0,
        tokenId: String(payload.jti),
        ...(protectedHeader.kid === undefined ? {} : { keyId: protectedHeader.kid }),
      });
    } catch (cause) {
      throw asAuthError(cause);
    }
  }

  /** Not where it is unknown which key it was, or which there are. */
  #isWithdrawn(kind: Identity['kind'], keyId: string | undefined): boolean {
    const ids = this.#keys[kind === 'person' ? 'people' : 'workloads']?.ids?.();
    return keyId !== undefined && ids !== undefined && !ids.includes(keyId);
  }

  /** The claim is not verified yet: it only chooses whose keys must have signed. */
  #issuerOf(token: string): { kind: IssuerKind; keys: JWTVerifyGetKey } {
    const issuer = unverifiedIssuer(token);
    for (const kind of ['people', 'workloads'] as const) {
      const keys = this.#keys[kind];
      if (keys && ISSUERS[kind] === issuer) return { kind, keys };
    }
    throw new AuthError({
      code: 'TOKEN_UNTRUSTED',
      message: 'expected a token of an issuer that is trusted here, found another; ask the right issuer',
    });
  }
}

export type RemoteKeySources = Partial<Record<IssuerKind, IssuerKeys>>;

/** The keys of the given issuers, fetched when first needed, kept, and fetched anew when a key id is unknown (rotation). */
export function remoteKeys({
  identityUrl,
  fetch,
  kinds,
}: {
  identityUrl: string;
  fetch: PlatformFetch;
  kinds: readonly IssuerKind[];
}): RemoteKeySources {
  const sources: RemoteKeySources = {};
  for (const kind of kinds) {
    sources[kind] = issuerKeys(`${identityUrl}/${kind}/jwks`, fetch);
  }
  return sources;
}

function unverifiedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss;
  } catch (cause) {
    throw new AuthError({ code: 'TOKEN_MALFORMED', message: 'expected a signed JWT, found something else', cause });
  }
}

function asAuthError(cause: unknown): AuthError {
  if (cause instanceof errors.JWTExpired) {
    return new AuthError({
      code: 'TOKEN_EXPIRED',
      message: 'expected a valid token, found one that has expired; ask for a new one',
      cause,
    });
  }
  if (cause instanceof errors.JOSEError) {
    return new AuthError({
      code: 'TOKEN_UNTRUSTED',
      message: `expected a token that verifies, found one that does not (${cause.code})`,
      cause,
    });
  }
  return new AuthError({ code: 'KEYS_UNREACHABLE', message: "expected the issuer's keys, found no answer; is identity running?", cause });
}
