import type { KeyObject } from 'node:crypto';

import type { Signer } from '@seaworthy/contracts';
import type { Digest } from '@seaworthy/oci';
import { isBundleWithPublicKey } from '@sigstore/bundle';
import { toSignedEntity, Verifier } from '@sigstore/verify';
import type { TrustMaterial } from '@sigstore/verify';

import { parseBundle, statementOf } from '../attest/decode-statement.ts';
import { keyHint } from '../attest/signing-key.ts';
import type { Statement } from '../attest/statement.ts';
import { isAbout } from '../attest/statement.ts';
import { VerificationError } from '../verification-error.ts';
import type { Trust } from './trust.ts';
import { trustedKeys } from './trust.ts';

export type VerifiedStatement<Predicate = unknown> = { signer: Signer; statement: Statement<Predicate> };

export type BundleExpectation = {
  trust: Trust;
  /** who may have signed it */
  signers: readonly Signer[];
  /** what it must be about */
  subject: Digest;
  predicateType?: string;
};

/**
 * Verifies one bundle: first that a trusted key signed exactly these bytes, then that they are about the subject.
 * @throws VerificationError SIGNATURE_UNTRUSTED, SUBJECT_MISMATCH, EVIDENCE_MISSING (another predicate), PREDICATE_MALFORMED
 */
export function verifyBundle(value: unknown, { trust, signers, subject, predicateType }: BundleExpectation): VerifiedStatement {
  const bundle = parseBundle(value);
  if (!isBundleWithPublicKey(bundle)) {
    throw untrusted(signers, 'a certificate, which is not trusted here');
  }
  const { hint } = bundle.verificationMaterial.content.publicKey;
  const trusted = trustedKeys(trust, signers).find(({ key }) => keyHint(key) === hint);
  if (trusted === undefined) throw untrusted(signers, 'an unknown or revoked key');
  try {
    verifierFor(trusted.key).verify(toSignedEntity(bundle));
  } catch (cause) {
    throw untrusted(signers, 'a signature that does not fit: the statement was altered, or signed by another key', cause);
  }
  const statement = statementOf(bundle);
  if (!isAbout(statement, subject)) {
    const others = statement.subject.map(({ digest }) => digest['sha256']?.slice(0, 12) ?? 'another digest').slice(0, 3);
    throw new VerificationError({
      code: 'SUBJECT_MISMATCH',
      message: `expected a statement about ${subject}, found one about ${others.join(', ')}: it belongs to another image`,
    });
  }
  if (predicateType !== undefined && statement.predicateType !== predicateType) {
    throw new VerificationError({
      code: 'EVIDENCE_MISSING',
      message: `expected a statement of ${predicateType}, found one of ${statement.predicateType.slice(0, 100)}`,
    });
  }
  return { signer: trusted.signer, statement };
}

/** Keys alone: no certificate authority, log or timestamp is trusted, so none is asked for. */
function verifierFor(publicKey: KeyObject): Verifier {
  const material: TrustMaterial = {
    certificateAuthorities: [],
    timestampAuthorities: [],
    tlogs: [],
    ctlogs: [],
    publicKey: () => ({ publicKey, validFor: () => true }),
  };
  return new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
}

function untrusted(signers: readonly Signer[], found: string, cause?: unknown): VerificationError {
  return new VerificationError({
    code: 'SIGNATURE_UNTRUSTED',
    message: `expected a signature by ${signers.join(' or ')}, found ${found}`,
    cause,
  });
}
