import { PREDICATES, type PredicateName, type Signer } from '@seaworthy/contracts';
import type { Digest, RegistryClient } from '@seaworthy/oci';

import { eachBundle, type StoredBundle } from '../attest/bundle-store.ts';
import { decodeStatement } from '../attest/decode-statement.ts';
import type { PredicateByType } from '../attest/predicates.ts';
import { hasPredicateType, type Statement } from '../attest/statement.ts';
import { isVerificationError, type VerificationError } from '../verification-error.ts';
import { asVerificationError } from '../verify/evidence.ts';
import type { Trust } from '../verify/trust.ts';
import { verifyBundle } from '../verify/verify-bundle.ts';

/** One bundle whose signature and subject were verified. */
export interface VerifiedBundle {
  bundle: unknown;
  signer: Signer;
  statement: Statement;
}

export interface CollectedEvidence {
  /** newest first, by what each says of its own time */
  verified: VerifiedBundle[];
  /** by the kind of evidence that they claim to be; undefined when they cannot even be read */
  refused: { predicate: PredicateName | undefined; error: VerificationError }[];
}

/** Who signs evidence; a verdict is not evidence for itself. */
const BUILDERS: readonly Signer[] = ['pipeline', 'image-builder'];

/** Everything that refers to an image, told apart into what verifies and what does not. */
export async function collectEvidence(question: {
  registry: RegistryClient;
  repository: string;
  digest: Digest;
  trust: Trust;
}): Promise<CollectedEvidence> {
  const collected: CollectedEvidence = { verified: [], refused: [] };
  const { registry, repository, digest } = question;
  for await (const stored of eachBundle(registry, repository, await registry.referrers(repository, digest))) {
    try {
      if ('problem' in stored) throw asVerificationError(stored.problem);
      const { signer, statement } = verifyBundle(stored.bundle, { trust: question.trust, signers: BUILDERS, subject: digest });
      collected.verified.push({ bundle: stored.bundle, signer, statement });
    } catch (error) {
      if (!isVerificationError(error)) throw error;
      collected.refused.push({ predicate: claimedPredicate(stored), error });
    }
  }
  // not in the order of the list: nobody signs that, and who may write to staging/ can list an old bundle once more
  collected.verified.sort(byTime);
  return collected;
}

/** The newest verified statement of one kind. */
export function newest<Name extends PredicateName>(
  verified: readonly VerifiedBundle[],
  name: Name,
): { bundle: VerifiedBundle; predicate: PredicateByType[(typeof PREDICATES)[Name]] } | undefined {
  for (const bundle of verified) {
    if (hasPredicateType(bundle.statement, PREDICATES[name])) return { bundle, predicate: bundle.statement.predicate };
  }
  return undefined;
}

/** When a statement was made, by its own signed word. */
export function madeAt(statement: Statement): Date | undefined {
  const time = signedTime(statement);
  return time === undefined ? undefined : new Date(time);
}

function signedTime(statement: Statement): string | undefined {
  if (hasPredicateType(statement, PREDICATES.provenance)) return statement.predicate.runDetails.metadata?.finishedOn;
  if (hasPredicateType(statement, PREDICATES.vulnerabilities)) return statement.predicate.metadata.scanFinishedOn;
  return hasPredicateType(statement, PREDICATES.testResult) ? statement.predicate.finishedOn : undefined;
}

/** Newest first; those without a time after all that have one. */
export function byTime(one: Pick<VerifiedBundle, 'statement'>, other: Pick<VerifiedBundle, 'statement'>): number {
  return (madeAt(other.statement)?.getTime() ?? 0) - (madeAt(one.statement)?.getTime() ?? 0);
}

function claimedPredicate(stored: StoredBundle): PredicateName | undefined {
  try {
    const type =
      'problem' in stored
        ? stored.descriptor.annotations?.['dev.sigstore.bundle.predicateType']
        : decodeStatement(stored.bundle).predicateType;
    return (Object.keys(PREDICATES) as PredicateName[]).find((name) => PREDICATES[name] === type);
  } catch {
    return undefined;
  }
}
