import { PREDICATES, VERIFIER_ID } from '@seaworthy/contracts';
import type { Digest } from '@seaworthy/oci';
import { releaseUri, signStatement } from '@seaworthy/supply-chain';

/** A verdict as the gatekeeper writes it when it lets an image pass, signed with `key`: the gatekeeper's own, or an attacker's. */
export function passedVerdict(repository: string, digest: Digest, key: string): ReturnType<typeof signStatement> {
  return signStatement({
    subject: [{ name: repository, digest }],
    predicateType: PREDICATES.verificationSummary,
    predicate: {
      verifier: { id: VERIFIER_ID },
      timeVerified: new Date().toISOString(),
      resourceUri: releaseUri(repository),
      policy: { uri: 'infra/policies/tiers.yaml', digest: { sha256: '0'.repeat(64) } },
      verificationResult: 'PASSED',
      verifiedLevels: [],
    },
    key,
  });
}
