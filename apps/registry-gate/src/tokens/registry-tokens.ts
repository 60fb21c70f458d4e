import { randomUUID } from 'node:crypto';
import { errors, generateKeyPair, jwtVerify, SignJWT, type CryptoKey } from 'jose';
import { ENDPOINTS } from '@seaworthy/contracts';
import type { Identity } from '@seaworthy/platform';
import type { Access } from '../rights/scope.ts';

export const SERVICE = ENDPOINTS.registry.host;
const LIFETIME_S = 300;

/** Who holds a registry token, and for what; `tokenId` and `keyId` are those of the access token that was changed into it. */
export interface Bearer extends Identity {
  access: Access[];
}

/**
 * Registry tokens as in Docker's token authentication specification. The key lives as long as this process: after a restart a
 * client is challenged once more, and no key has to be kept anywhere.
 */
export class RegistryTokens {
  readonly #keys: { privateKey: CryptoKey; publicKey: CryptoKey };

  static async create(): Promise<RegistryTokens> {
    return new RegistryTokens(await generateKeyPair('ES256'));
  }

  private constructor(keys: { privateKey: CryptoKey; publicKey: CryptoKey }) {
    this.#keys = keys;
  }

  /** Never longer than the identity's own token, whose id and key it carries: when that is revoked, or its key withdrawn, so is this. */
  async issue(
    { kind, name, roles, expires, tokenId, keyId }: Identity,
    access: Access[],
    now = Math.floor(Date.now() / 1000),
  ): Promise<{ token: string; expiresIn: number; issuedAt: Date }> {
    const expiresIn = Math.max(1, Math.min(LIFETIME_S, expires - now));
    const token = await new SignJWT({ kind, roles: [...roles], access, source: tokenId, key: keyId })
      .setProtectedHeader({ alg: 'ES256', typ: 'registry+jwt' })
      .setIssuer(SERVICE)
      .setAudience(SERVICE)
      .setSubject(name)
      .setJti(randomUUID())
      .setIssuedAt(now)
      .setExpirationTime(now + expiresIn)
      .sign(this.#keys.privateKey);
    return { token, expiresIn, issuedAt: new Date(now * 1000) };
  }

  /** Whose token it is; nothing when it is not one of ours, or has ended. */
  async verify(token: string): Promise<Bearer | undefined> {
    try {
      const { payload } = await jwtVerify<Pick<Bearer, 'kind' | 'roles' | 'access'> & { source: string; key?: string }>(
        token,
        this.#keys.publicKey,
        {
          issuer: SERVICE,
          audience: SERVICE,
          algorithms: ['ES256'],
          typ: 'registry+jwt',
          requiredClaims: ['sub', 'exp', 'jti', 'source'],
        },
      );
      const { kind, roles, access, source, key, sub: name = '', exp: expires = 0 } = payload;
      return { kind, name, roles, expires, access, tokenId: source, ...(key === undefined ? {} : { keyId: key }) };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }
}
