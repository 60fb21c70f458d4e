import { ENDPOINTS, PREDICATES, VERIFIER_ID } from '@seaworthy/contracts';

import type { VerificationSummary } from '../attest/predicates.ts';
import { hasPredicateType } from '../attest/statement.ts';
import { VerificationError } from '../verification-error.ts';
import type { EvidenceQuestion } from './evidence.ts';
import { findEvidence } from './evidence.ts';
import { VerifiedImage } from './verified-image.ts';
import { readManifest } from './verify-image.ts';

/** Clocks of two machines differ; a verdict may seem to come from the future by this much. */
export const CLOCK_TOLERANCE_SECONDS = 5 * 60;

export type ReleaseQuestion = EvidenceQuestion & {
  /** the tier's limit on the age of a verdict */
  maxAgeSeconds: number;
  /** digest (64 hex digits) of the policy that must have been applied; without it, any that the verdict names */
  policyDigest?: string;
  now?: Date;
};

/** How a verdict names a repository of the platform's registry. Under another name the same image is another thing. */
export function releaseUri(repository: string): string {
  return `oci://${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}/${repository}`;
}

/**
 * Verifies that the gatekeeper let this image pass, for this name, lately: its latest verdict counts, so that a later FAILED takes
 * back an earlier PASSED (SLSA v1, "Verification Summary Attestation", "Verification").
 * @throws VerificationError
 */
export async function verifyRelease({
  maxAgeSeconds,
  policyDigest,
  now = new Date(),
  ...question
}: ReleaseQuestion): Promise<VerifiedImage> {
  const evidence = await findEvidence(question, [{ predicateType: PREDICATES.verificationSummary, signers: ['gatekeeper'] }]);
  const verdicts = evidence.flatMap(({ statement }) =>
    hasPredicateType(statement, PREDICATES.verificationSummary) ? [statement.predicate] : [],
  );
  const verdict = latest(verdicts.filter(({ resourceUri }) => resourceUri === releaseUri(question.repository)));
  if (verdict === undefined) {
    throw new VerificationError({
      code: 'SUBJECT_MISMATCH',
      message: `expected a verdict for ${releaseUri(question.repository)}, found one for ${verdicts[0]?.resourceUri.slice(0, 200)}: promote it under this name`,
    });
  }
  judge(verdict, { maxAgeSeconds, now, ...(policyDigest === undefined ? {} : { policyDigest }) });
  return new VerifiedImage({ repository: question.repository, digest: question.digest, manifest: await readManifest(question), evidence });
}

/** @throws VerificationError */
export function judge(verdict: VerificationSummary, limits: { maxAgeSeconds: number; now: Date; policyDigest?: string }): void {
  const age = (limits.now.getTime() - Date.parse(verdict.timeVerified)) / 1000;
  if (verdict.verifier.id !== VERIFIER_ID)
    throw new VerificationError({
      code: 'SIGNATURE_UNTRUSTED',
      message: `expected the verdict of ${VERIFIER_ID}, found another verifier's`,
    });
  if (verdict.verificationResult !== 'PASSED')
    throw new VerificationError({
      code: 'VERDICT_FAILED',
      message: 'expected the verdict PASSED, found FAILED: read its reasons, mend them, and run the pipeline again',
    });
  if (age < -CLOCK_TOLERANCE_SECONDS) {
    throw new VerificationError({
      code: 'VERDICT_FAILED',
      message: `expected a verdict of the past, found one of ${verdict.timeVerified}: set this machine's clock (it says ${limits.now.toISOString()}), or suspect the gatekeeper's`,
    });
  }
  if (age > limits.maxAgeSeconds) {
    throw new VerificationError({
      code: 'POLICY_DENIED',
      message: `expected a verdict of at most ${limits.maxAgeSeconds} s, found one of ${Math.round(age)} s: run the pipeline again`,
    });
  }
  if (limits.policyDigest !== undefined && verdict.policy.digest.sha256 !== limits.policyDigest) {
    throw new VerificationError({
      code: 'POLICY_DENIED',
      message: `expected a verdict under policy ${limits.policyDigest}, found one under ${verdict.policy.digest.sha256}: promote it again`,
    });
  }
}

function latest(verdicts: VerificationSummary[]): VerificationSummary | undefined {
  return verdicts.toSorted((a, b) => Date.parse(b.timeVerified) - Date.parse(a.timeVerified))[0];
}
