import { PREDICATES, type PredicateName } from '@seaworthy/contracts';
import type { EvidenceFact, ImageFacts, ScanFact } from '@seaworthy/policy';

import { hasPredicateType } from '../attest/statement.ts';
import { scanFacts, scansOf } from '../scan/vulnerabilities-predicate.ts';
import { byTime, madeAt, newest, type VerifiedBundle } from './collect-evidence.ts';
import type { PromotionReason } from './promotion.ts';

const EVIDENCE: readonly PredicateName[] = ['provenance', 'sbom', 'testResult', 'vulnerabilities'];

/** The newest verified statement of each kind. Those without a date of their own were made in the run that the provenance dates, if it does. */
export function evidenceFacts(verified: readonly VerifiedBundle[]): EvidenceFact[] {
  const provenance = newest(verified, 'provenance')?.bundle.statement;
  const builtAt = provenance && madeAt(provenance);
  return EVIDENCE.flatMap((predicate) => {
    const found = newest(verified, predicate);
    if (!found) return [];
    const { signer, statement } = found.bundle;
    const issuedAt = madeAt(statement) ?? builtAt;
    const fact: EvidenceFact = { predicate, signer, ...(issuedAt === undefined ? {} : { issuedAt }) };
    if (hasPredicateType(statement, PREDICATES.provenance)) fact.builderId = statement.predicate.runDetails.builder.id;
    return [fact];
  });
}

/** Of several that are as new as each other, such as those of tools that write no time, every one has to have passed. */
export function testFacts(verified: readonly VerifiedBundle[]): ImageFacts['tests'] {
  const found = newest(verified, 'testResult')?.bundle;
  if (!found) return undefined;
  const results = verified.flatMap((bundle) =>
    hasPredicateType(bundle.statement, PREDICATES.testResult) && byTime(bundle, found) === 0 ? [bundle.statement.predicate] : [],
  );
  const [first, ...others] = results.map(({ passedTests = [] }) => passedTests);
  return {
    passed: results.every(({ result }) => result !== 'FAILED'),
    failed: [...new Set(results.flatMap(({ failedTests = [] }) => failedTests))],
    named: (first ?? []).filter((test) => others.every((tests) => tests.includes(test))),
  };
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
