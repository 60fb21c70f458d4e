import { createPublicKey, sign } from 'node:crypto';

import { dsse } from '@sigstore/core';
import { bundleToJSON, toDSSEBundle } from '@sigstore/bundle';
import type { SerializedBundle } from '@sigstore/bundle';

import type { SigningKey } from './signing-key.ts';
import { keyHint, readSigningKey } from './signing-key.ts';
import type { Subject } from './statement.ts';
import { createStatement } from './statement.ts';

/** in-toto's media type in a DSSE envelope. */
export const IN_TOTO_PAYLOAD_TYPE = 'application/vnd.in-toto+json';

/**
 * Says something about content, and signs it: an in-toto Statement v1 in a DSSE v1 envelope in a Sigstore bundle v0.3, ECDSA
 * P-256 with SHA-256. There is no transparency log and no timestamp: who verifies must hold the public key.
 *
 * @throws VerificationError PREDICATE_MALFORMED when the predicate is of a known type and would not be read again.
 */
export function signStatement(content: {
  subject: Subject[];
  predicateType: string;
  predicate: unknown;
  key: SigningKey;
}): SerializedBundle {
  const key = readSigningKey(content.key);
  const payload = Buffer.from(JSON.stringify(createStatement(content)));
  const signature = sign('sha256', dsse.preAuthEncoding(IN_TOTO_PAYLOAD_TYPE, payload), key);
  const hint = keyHint(createPublicKey(key));
  const bundle = toDSSEBundle({ artifact: payload, artifactType: IN_TOTO_PAYLOAD_TYPE, signature, keyHint: hint });
  // cosign refuses an envelope whose keyid is not the one it computes itself; the bundle's own hint is enough
  if (bundle.content.$case === 'dsseEnvelope') bundle.content.dsseEnvelope.signatures.forEach((entry) => (entry.keyid = ''));
  return bundleToJSON(bundle);
}
