import { sign, verify } from 'node:crypto';

import type { Digest } from '@seaworthy/oci';

import type { SigningKey } from '../attest/signing-key.ts';
import { readPublicKey, readSigningKey } from '../attest/signing-key.ts';

/** Media type of a simple signature's payload in a registry (cosign's signature specification). */
export const SIMPLE_SIGNING_MEDIA_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';

/**
 * What podman and skopeo believe: that this name may be this manifest (containers/image, "Atomic Container signature format", with the
 * type that cosign uses). Nothing else is in it, so that the same promotion gives the same bytes.
 *
 * @param reference host, port and repository, without tag: `registry.seaworthy.internal:5443/release/catalog`
 */
export function simplePayload(reference: string, digest: Digest): Buffer {
  const critical = {
    identity: { 'docker-reference': reference },
    image: { 'docker-manifest-digest': digest },
    type: 'cosign container image signature',
  };
  return Buffer.from(JSON.stringify({ critical, optional: {} }));
}

export function signSimplePayload(payload: Uint8Array, key: SigningKey): string {
  return sign('sha256', payload, readSigningKey(key)).toString('base64');
}

export function isSimpleSignature(payload: Uint8Array, signature: string, publicKey: SigningKey): boolean {
  return verify('sha256', payload, readPublicKey(publicKey), Buffer.from(signature, 'base64'));
}
