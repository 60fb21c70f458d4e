import type { Signer } from '@seaworthy/contracts';
import type { Descriptor, Digest, RegistryClient } from '@seaworthy/oci';
import { isOciError } from '@seaworthy/oci';

import { eachBundle } from '../attest/bundle-store.ts';
import { isVerificationError, VerificationError } from '../verification-error.ts';
import type { VerificationErrorCode } from '../verification-error.ts';
import type { Trust } from './trust.ts';
import type { VerifiedStatement } from './verify-bundle.ts';
import { verifyBundle } from './verify-bundle.ts';

/** A kind of evidence that an image must have, and who may have signed it. */
export type Requirement = { predicateType: string; signers: readonly Signer[] };

export type EvidenceQuestion = { registry: RegistryClient; repository: string; digest: Digest; trust: Trust };

/** When nothing is valid, the failure that came furthest tells most: somebody trusted signed, but … */
const TELLING: VerificationErrorCode[] = [
  'SUBJECT_MISMATCH',
  'PREDICATE_MALFORMED',
  'DIGEST_MISMATCH',
  'SIGNATURE_UNTRUSTED',
  'EVIDENCE_MISSING',
];

/**
 * Every valid statement of the kinds required, in their order, newest first within each. What is invalid beside them is passed over:
 * junk takes nothing from sound evidence, and adds nothing to it.
 * @throws VerificationError when a kind has no valid one; OciError UNREACHABLE or DENIED
 */
export async function findEvidence(question: EvidenceQuestion, requirements: readonly Requirement[]): Promise<VerifiedStatement[]> {
  const referrers = await question.registry.referrers(question.repository, question.digest);
  // all at once, but of several failures the first in the order of the requirements is told
  const kinds = await Promise.allSettled(requirements.map(async (requirement) => findKind(question, requirement, referrers)));
  return kinds.flatMap((kind) => {
    if (kind.status === 'rejected') throw kind.reason;
    return kind.value;
  });
}

async function findKind(question: EvidenceQuestion, requirement: Requirement, referrers: Descriptor[]): Promise<VerifiedStatement[]> {
  const { registry, repository, digest, trust } = question;
  const valid: VerifiedStatement[] = [];
  const failures: VerificationError[] = [];
  for await (const stored of eachBundle(registry, repository, referrers, requirement.predicateType)) {
    try {
      if ('problem' in stored) throw asVerificationError(stored.problem);
      valid.push(verifyBundle(stored.bundle, { trust, subject: digest, ...requirement }));
    } catch (error) {
      if (!isVerificationError(error)) throw error;
      failures.push(error);
    }
  }
  if (valid.length > 0) return valid;
  throw whyNone(question, requirement, { referrers, failures });
}

function whyNone(
  { repository, digest }: EvidenceQuestion,
  { predicateType, signers }: Requirement,
  { referrers, failures }: { referrers: Descriptor[]; failures: VerificationError[] },
): VerificationError {
  const image = `${repository}@${digest}`;
  const telling = failures.toSorted((a, b) => TELLING.indexOf(a.code) - TELLING.indexOf(b.code))[0];
  if (telling !== undefined) {
    const message = `${image}: ${telling.message} (${failures.length} found, none valid)`;
    return new VerificationError({ code: telling.code, message, cause: new AggregateError(failures) });
  }
  const expected = `expected ${predicateType} signed by ${signers.join(' or ')} for ${image}`;
  return referrers.length === 0
    ? new VerificationError({
        code: 'SIGNATURE_MISSING',
        message: `${expected}, found nothing signed at all: send it through the pipeline`,
      })
    : new VerificationError({
        code: 'EVIDENCE_MISSING',
        message: `${expected}, found other evidence only: send it through the pipeline again`,
      });
}

/** Content that was altered in the registry is told apart from content that never made sense. */
export function asVerificationError(error: unknown): unknown {
  if (isOciError(error, 'DIGEST_MISMATCH')) return new VerificationError({ code: 'DIGEST_MISMATCH', message: error.message, cause: error });
  if (isOciError(error, 'MALFORMED')) return new VerificationError({ code: 'PREDICATE_MALFORMED', message: error.message, cause: error });
  if (isOciError(error, 'NOT_FOUND')) return new VerificationError({ code: 'EVIDENCE_MISSING', message: error.message, cause: error });
  return error;
}
