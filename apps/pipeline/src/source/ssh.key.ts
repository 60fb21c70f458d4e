import { createPublicKey, verify } from 'node:crypto';
import type { JsonWebKey, KeyObject } from 'node:crypto';
import { SshReader } from './ssh.wire.ts';

/** How each kind of key signs: hash, and the form of the signature. Of RSA only what RFC 8332 added; SHA-1 is not among it. */
const CURVES: Readonly<Record<string, { readonly curve: string; readonly crv: string; readonly hash: string; readonly size: number }>> = {
  'ecdsa-sha2-nistp256': { curve: 'nistp256', crv: 'P-256', hash: 'sha256', size: 32 },
  'ecdsa-sha2-nistp384': { curve: 'nistp384', crv: 'P-384', hash: 'sha384', size: 48 },
  'ecdsa-sha2-nistp521': { curve: 'nistp521', crv: 'P-521', hash: 'sha512', size: 66 },
};
const RSA_HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };
const RSA_BYTES = 256;

/**
 * Whether an SSH signature (RFC 4253 section 6.6, RFC 5656, RFC 8332, RFC 8709) is one of `data` by this public key, both in SSH's binary
 * form. False for whatever is malformed, and for kinds of keys that are not known here.
 */
export function isSignedBy(publicKey: Buffer, signature: Buffer, data: Buffer): boolean {
  try {
    const [key, blob] = [new SshReader(publicKey), new SshReader(signature)];
    const kind = key.text();
    const algorithm = blob.text();
    const bytes = blob.bytes();
    if (kind === 'ssh-ed25519') return algorithm === kind && verify(null, data, ed25519(key.bytes()), bytes);
    if (kind === 'ssh-rsa') {
      const [exponent, modulus] = [key.bytes(), positive(key.bytes())];
      const hash = RSA_HASHES[algorithm];
      return hash !== undefined && modulus.length >= RSA_BYTES && verify(hash, data, rsa(modulus, exponent), bytes);
    }
    const ec = CURVES[kind];
    if (ec === undefined || algorithm !== kind || key.text() !== ec.curve) return false;
    return verify(ec.hash, data, { key: elliptic(key.bytes(), ec), dsaEncoding: 'ieee-p1363' }, fixedSize(bytes, ec.size));
  } catch {
    return false;
  }
}

function ed25519(point: Buffer): KeyObject {
  return fromJwk({ kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') });
}

function rsa(modulus: Buffer, exponent: Buffer): KeyObject {
  return fromJwk({ kty: 'RSA', n: modulus.toString('base64url'), e: exponent.toString('base64url') });
}

/** An uncompressed point (SEC 1, section 2.3.3): 4, x, y. */
function elliptic(point: Buffer, { crv, size }: { crv: string; size: number }): KeyObject {
  if (point[0] !== 4 || point.length !== 1 + 2 * size) throw new RangeError('expected an uncompressed point');
  return fromJwk({
    kty: 'EC',
    crv,
    x: point.subarray(1, 1 + size).toString('base64url'),
    y: point.subarray(1 + size).toString('base64url'),
  });
}

function fromJwk(key: JsonWebKey): KeyObject {
  return createPublicKey({ key, format: 'jwk' });
}

/** Two numbers, as SSH writes them, in the form that has no variants (IEEE P1363). */
function fixedSize(signature: Buffer, size: number): Buffer {
  const reader = new SshReader(signature);
  const parts = [positive(reader.bytes()), positive(reader.bytes())];
  if (!reader.isAtEnd || parts.some(({ length }) => length > size)) throw new RangeError('expected two numbers');
  return Buffer.concat(parts.map((part) => Buffer.concat([Buffer.alloc(size - part.length), part])));
}

/** RFC 4251 section 5, `mpint`: a zero before what would otherwise be negative. */
function positive(number: Buffer): Buffer {
  let start = 0;
  while (start < number.length && number[start] === 0) start += 1;
  return number.subarray(start);
}
