import type { Tier } from '@seaworthy/contracts';
import type { PolicyException } from './exceptions.policy.ts';
import type { ImageFacts } from './facts.ts';
import type { Policies } from './policies.ts';
import { acceptedBuilder } from './rules/accepted-builder.rule.ts';
import { evidenceAge } from './rules/evidence-age.rule.ts';
import { releasedParent } from './rules/released-parent.rule.ts';
import { requiredEvidence } from './rules/required-evidence.rule.ts';
import type { Rule } from './rules/rule.ts';
import { scanAnswered } from './rules/scan-answered.rule.ts';
import { severityLimit } from './rules/severity-limit.rule.ts';
import { requiredChecks, testsPassed } from './rules/tests-passed.rule.ts';
import type { Reason, Verdict } from './verdict.ts';

const RULES: readonly Rule[] = [
  requiredEvidence,
  acceptedBuilder,
  evidenceAge,
  testsPassed,
  requiredChecks,
  scanAnswered,
  severityLimit,
  releasedParent,
];

/** Every reason against an image, not only the first, less those that a dated exception excuses. Pure. */
export function decide(policies: Pick<Policies, 'tiers' | 'baseImages' | 'exceptions'>, tier: Tier, facts: ImageFacts): Verdict {
  const verdict: Verdict = { allowed: true, reasons: [], excused: [] };
  const reasons = [...RULES.flatMap((rule) => rule(policies.tiers[tier], facts)), ...freeName(policies.baseImages, facts)];
  for (const reason of reasons) {
    const applicable = policies.exceptions.filter((exception) => covers(exception, reason, tier, facts.image));
    const valid = applicable.find((exception) => facts.now <= endOf(exception));
    if (valid) {
      verdict.excused.push({ reason, exception: valid.id, expires: valid.expires });
      continue;
    }
    verdict.reasons.push(reason, ...applicable.map(expired));
  }
  verdict.allowed = verdict.reasons.length === 0;
  return verdict;
}

/**
 * The deploy finds stores, edge and services by name: who may build services must not become a store, nor who builds base images a service. A
 * base image that the policy does not name may be new: a commit that adds one is judged by the policy of the commit before.
 */
function freeName(baseImages: readonly string[], { image, kind, releasedAs }: ImageFacts): Reason[] {
  const isKept = baseImages.includes(image);
  if (kind === 'service' && isKept) {
    const message = `expected a base image under the name ${image}, which infra/policies/tiers.yaml keeps for one, found a service; call it otherwise`;
    return [{ code: 'NAME_TAKEN', message }];
  }
  if (kind !== 'base' || isKept || releasedAs !== 'service') return [];
  const message = `expected a service under the name ${image}, under which one is released, found a base image; call it otherwise`;
  return [{ code: 'NAME_TAKEN', message }];
}

function covers(exception: PolicyException, reason: Reason, tier: Tier, image: string): boolean {
  return (
    exception.excuses === reason.code &&
    exception.tiers.includes(tier) &&
    (exception.images?.includes(image) ?? true) &&
    (exception.source === undefined || exception.source === reason.source) &&
    (exception.finding === undefined || exception.finding === reason.finding) &&
    !(exception.untilFirstAnswer && reason.everAnswered)
  );
}

function endOf({ expires }: PolicyException): Date {
  return new Date(`${expires}T23:59:59.999Z`);
}

function expired({ id, expires, owner }: PolicyException): Reason {
  return {
    code: 'EXCEPTION_EXPIRED',
    message: `expected exception ${id} to hold, found that it ended on ${expires}; ask its owner, ${owner}, or mend what it excused`,
  };
}
