import { randomUUID } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JSONWebKeySet, JWTHeaderParameters } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';

export interface TokenOptions {
  roles?: string[];
  issuer?: string;
  audience?: string;
  type?: string;
  expires?: string | number;
  header?: Partial<JWTHeaderParameters>;
}

type Key = Parameters<SignJWT['sign']>[0];

/** An issuer made small: real keys, real tokens, no server. */
export class TestIssuer {
  readonly #key: Key;
  readonly jwks: JSONWebKeySet;

  static async create(): Promise<TestIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return new TestIssuer(privateKey, { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'test' }] });
  }

  private constructor(key: Key, jwks: JSONWebKeySet) {
    this.#key = key;
    this.jwks = jwks;
  }

  /** A customer's, unless told otherwise. */
  async token(
    name: string,
    { roles = ['customer'], issuer, audience, type = 'at+jwt', expires = '5m', header }: TokenOptions = {},
  ): Promise<string> {
    return new SignJWT({ client_id: 'seaworthy-cli', roles })
      .setProtectedHeader({ alg: 'ES256', typ: type, kid: 'test', ...header })
      .setIssuer(issuer ?? ISSUERS.people)
      .setAudience(audience ?? AUDIENCE)
      .setSubject(name)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(this.#key);
  }
}
