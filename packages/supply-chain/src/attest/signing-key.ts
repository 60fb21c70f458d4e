import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, KeyObject } from 'node:crypto';

/** A private key as PEM (PKCS#8), or one that was read already. */
export type SigningKey = string | KeyObject;

/** @throws TypeError unless it is ECDSA on P-256: the one algorithm that is written and read here. */
export function readSigningKey(key: SigningKey): KeyObject {
  return requireP256(key instanceof KeyObject ? key : createPrivateKey(key), 'private');
}

/** A public key as PEM (SubjectPublicKeyInfo). @throws TypeError unless it is ECDSA on P-256 */
export function readPublicKey(key: SigningKey): KeyObject {
  return requireP256(key instanceof KeyObject && key.type === 'public' ? key : createPublicKey(key), 'public');
}

/**
 * Names a public key in a bundle, as cosign does: base64 of the SHA-256 of the SubjectPublicKeyInfo.
 * A hint only: it picks the key to try, and proves nothing.
 */
export function keyHint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/** A new signer's keys, PEM: PKCS#8 and SubjectPublicKeyInfo. */
export function generateSigningKeys(): { privateKey: string; publicKey: string } {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
}

function requireP256(key: KeyObject, type: 'private' | 'public'): KeyObject {
  if (key.type === type && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new TypeError(
    `expected a ${type} ECDSA key on P-256, found a ${key.type} ${key.asymmetricKeyType ?? ''} key: make one with generateSigningKeys()`,
  );
}
