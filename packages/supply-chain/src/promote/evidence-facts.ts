import { PREDICATES, type PredicateName } from '@seaworthy/contracts';
import type { EvidenceFact, ImageFacts, ScanFact } from '@seaworthy/policy';

import { hasPredicateType } from '../attest/statement.ts';
import { scanFacts, scansOf } from '../scan/vulnerabilities-predicate.ts';
import { newest, type VerifiedBundle } from './collect-evidence.ts';
import type { PromotionReason } from './promotion.ts';

const EVIDENCE: readonly PredicateName[] = ['provenance', 'sbom', 'testResult', 'vulnerabilities'];

/** The newest verified statement of each kind. Those without a date of their own were made in the run that the provenance dates. */
export function evidenceFacts(verified: readonly VerifiedBundle[], now: Date): EvidenceFact[] {
  const builtAt = dateOf(newest(verified, 'provenance')?.predicate.runDetails.metadata?.finishedOn) ?? now;
  return EVIDENCE.flatMap((predicate) => {
    const found = newest(verified, predicate);
    if (!found) return [];
    const { signer, statement } = found.bundle;
    const fact: EvidenceFact = { predicate, signer, issuedAt: builtAt };
    if (hasPredicateType(statement, PREDICATES.provenance)) fact.builderId = statement.predicate.runDetails.builder.id;
    if (hasPredicateType(statement, PREDICATES.vulnerabilities))
      fact.issuedAt = dateOf(statement.predicate.metadata.scanFinishedOn) ?? builtAt;
    return [fact];
  });
}

export function testFacts(verified: readonly VerifiedBundle[]): ImageFacts['tests'] {
  const found = newest(verified, 'testResult')?.predicate;
  return found && { passed: found.result !== 'FAILED', failed: found.failedTests ?? [], named: found.passedTests ?? [] };
}

/** A scan that does not say whom it asked says nothing about who did not answer. */
export function scanFactsOf(verified: readonly VerifiedBundle[]): { scans: ScanFact[]; problems: PromotionReason[] } {
  const found = newest(verified, 'vulnerabilities')?.predicate;
  if (!found) return { scans: [], problems: [] };
  try {
    return { scans: scanFacts(scansOf(found)), problems: [] };
  } catch {
    const message =
      'vulnerabilities: expected results that say which sources were asked and which answered, found none; scan with the platform, or import the report';
    return { scans: [], problems: [{ code: 'PREDICATE_MALFORMED', message }] };
  }
}

function dateOf(text: string | undefined): Date | undefined {
  return text === undefined ? undefined : new Date(text);
}
