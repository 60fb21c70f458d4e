import { PREDICATES } from '@seaworthy/contracts';
import type { Descriptor } from '@seaworthy/oci';

import { hasPredicateType } from '../attest/statement.ts';
import { byTime } from '../promote/collect-evidence.ts';
import { sourceMapsOf } from '../provenance/source-maps.ts';
import type { EvidenceQuestion } from './evidence.ts';
import { verifyImage } from './verify-image.ts';

/**
 * What the newest provenance that the pipeline signed about an image says of its source maps, and which commit they lead to.
 * @throws VerificationError when no provenance is valid; OciError UNREACHABLE or DENIED
 */
export async function findSourceMaps(question: EvidenceQuestion): Promise<{ maps: Descriptor | undefined; commit: string }> {
  const { evidence } = await verifyImage({
    ...question,
    requirements: [{ predicateType: PREDICATES.provenance, signers: ['pipeline'] }],
  });
  const statement = evidence.toSorted(byTime)[0]?.statement;
  if (statement === undefined || !hasPredicateType(statement, PREDICATES.provenance)) return { maps: undefined, commit: '' };
  const { predicate } = statement;
  return { maps: sourceMapsOf(predicate), commit: String(predicate.buildDefinition.externalParameters['commit']) };
}
