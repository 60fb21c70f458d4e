import { randomUUID } from 'node:crypto';
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { JSONWebKeySet, JWTHeaderParameters, JWTVerifyGetKey } from 'jose';
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
  /** as `TokenVerifier` takes them */
  readonly keys: { people: JWTVerifyGetKey; workloads: JWTVerifyGetKey };

  static async create(): Promise<TestIssuer> {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return new TestIssuer(privateKey, { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'test' }] });
  }

  private constructor(key: Key, jwks: JSONWebKeySet) {
    this.#key = key;
    this.jwks = jwks;
    const keys = createLocalJWKSet(jwks);
    this.keys = { people: keys, workloads: keys };
  }

  /** A customer's, unless told otherwise. */
  async token(name: string, { roles = ['customer'], ...options }: TokenOptions = {}): Promise<string> {
    return this.#sign(name, { client_id: 'seaworthy-cli', roles }, { issuer: ISSUERS.people, ...options });
  }

  async person(name: string, roles: string[], options: TokenOptions = {}): Promise<string> {
    return this.token(name, { ...options, roles });
  }

  async workload(name: string, options: TokenOptions = {}): Promise<string> {
    return this.#sign(name, { client_id: name }, { issuer: ISSUERS.workloads, ...options });
  }

  async #sign(
    name: string,
    claims: object,
    { issuer = '', audience, type = 'at+jwt', expires = '5m', header }: TokenOptions,
  ): Promise<string> {
    return new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: type, kid: 'test', ...header })
      .setIssuer(issuer)
      .setAudience(audience ?? AUDIENCE)
      .setSubject(name)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime(expires)
      .sign(this.#key);
  }
}
