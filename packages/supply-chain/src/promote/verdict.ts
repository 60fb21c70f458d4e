import { PREDICATES, type Tier, VERIFIER_ID } from '@seaworthy/contracts';
import { type Descriptor, type Digest, hexOf } from '@seaworthy/oci';

import type { VerificationSummary } from '../attest/predicates.ts';
import { hasPredicateType, type Subject } from '../attest/statement.ts';
import { findEvidence } from '../verify/evidence.ts';
import { releaseUri } from '../verify/verify-release.ts';
import { isVerificationError } from '../verification-error.ts';
import type { Judgement, PromotionAuthority } from './promotion.ts';

export interface VerdictStatement {
  subject: Subject[];
  predicateType: string;
  predicate: VerificationSummary;
}

/** A verdict of the last hours under the same policy and on the same evidence is not made again. */
const STILL_CURRENT_MS = 6 * 3_600_000;

/** SLSA v1 Verification Summary: this resource passed, under that policy, on this evidence. */
export function verdictStatement(made: {
  authority: PromotionAuthority;
  judgement: Judgement;
  tier: Tier;
  inputs: readonly Descriptor[];
  release: string;
}): VerdictStatement {
  const { authority, judgement, tier, inputs, release } = made;
  const predicate: VerificationSummary = {
    verifier: { id: VERIFIER_ID },
    timeVerified: (authority.now ?? new Date()).toISOString(),
    resourceUri: releaseUri(release),
    policy: { uri: 'infra/policies', digest: { sha256: authority.policies.sha256 } },
    inputAttestations: inputs.map(({ digest }) => ({ uri: `${releaseUri(release)}@${digest}`, digest: { sha256: hexOf(digest) } })),
    verificationResult: 'PASSED',
    // SLSA's own levels need a build service that others audit; ours names the tier whose demands were met
    verifiedLevels: [`SEAWORTHY_TIER_${tier.toUpperCase()}`],
    slsaVersion: '1.0',
    excused: judgement.excused.map(({ reason, exception, expires }) => ({ code: reason.code, exception, expires })),
  };
  return { subject: [{ name: release, digest: judgement.digest }], predicateType: PREDICATES.verificationSummary, predicate };
}

export async function hasCurrentVerdict(
  { registry, trust, now = new Date() }: PromotionAuthority,
  { release, digest, statement }: { release: string; digest: Digest; statement: VerdictStatement },
): Promise<boolean> {
  const present = await findEvidence({ registry, trust, repository: release, digest }, [
    { predicateType: PREDICATES.verificationSummary, signers: ['gatekeeper'] },
  ]).catch((error: unknown) => {
    if (isVerificationError(error)) return [];
    throw error;
  });
  return present.some(
    ({ statement: found }) =>
      hasPredicateType(found, PREDICATES.verificationSummary) &&
      isSame(found.predicate, statement.predicate) &&
      isRecent(found.predicate, now),
  );
}

function isSame(one: VerificationSummary, other: VerificationSummary): boolean {
  return essence(one) === essence(other);
}

function essence({ timeVerified: _timeVerified, inputAttestations = [], ...rest }: VerificationSummary): string {
  const inputs = inputAttestations.map(({ digest }) => digest['sha256'] ?? '').toSorted();
  return JSON.stringify([
    rest.resourceUri,
    rest.policy.digest.sha256,
    rest.verificationResult,
    rest.verifiedLevels,
    rest['excused'],
    inputs,
  ]);
}

function isRecent({ timeVerified }: VerificationSummary, now: Date): boolean {
  return Math.abs(now.getTime() - Date.parse(timeVerified)) < STILL_CURRENT_MS;
}
