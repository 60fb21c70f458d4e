import { createHmac, generateKeyPairSync, createPrivateKey, randomUUID, sign } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';

export interface Forgery {
  readonly header: Record<string, unknown>;
  readonly payload: Record<string, unknown>;
}

/** An ES256 JSON Web Token by any key (RFC 7515, RFC 7518 section 3.4). */
export function signed({ header, payload }: Forgery, key: KeyObject): string {
  const input = encode({ ...header, alg: 'ES256' }, payload);
  return `${input}.${sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

/** `alg: none`: nobody has signed it (RFC 8725 section 2.1). */
export function unsigned({ header, payload }: Forgery): string {
  return `${encode({ ...header, alg: 'none' }, payload)}.`;
}

/** HS256 with what everybody knows of the issuer as its secret: its public key (RFC 8725 section 2.1). */
export function confused({ header, payload }: Forgery, publicKey: string): string {
  const input = encode({ ...header, alg: 'HS256' }, payload);
  return `${input}.${createHmac('sha256', publicKey).update(input).digest('base64url')}`;
}

/** A key that nobody trusts. */
export function strangersKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export function keyOf(jwk: JsonWebKey): KeyObject {
  return createPrivateKey({ key: jwk, format: 'jwk' });
}

/** What an unexpired token of a customer says, made up. */
export function claims({ issuer, audience, name, lifetime = 300 }: { issuer: string; audience: string; name: string; lifetime?: number }) {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now - 600, exp: now + lifetime };
  return { iss: issuer, aud: audience, sub: name, client_id: 'seaworthy-cli', roles: ['customer'], jti: randomUUID(), ...times };
}

function encode(...parts: object[]): string {
  return parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
}
