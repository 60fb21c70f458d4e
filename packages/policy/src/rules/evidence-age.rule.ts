import type { Reason } from '../verdict.ts';
import type { Rule } from './rule.ts';

const DAY_MS = 86_400_000;
/** Clocks of two machines differ; more than this is a clock that is off, or a forged date. */
const CLOCK_TOLERANCE_MS = 300_000;

export const evidenceAge: Rule = (policy, { evidence, now }) =>
  evidence.flatMap(({ predicate, issuedAt }): Reason[] => {
    const found = issuedAt === undefined ? 'without a date; build the image again' : fault(issuedAt, now, policy.evidenceMaxAgeDays);
    if (found === undefined) return [];
    return [{ code: 'EVIDENCE_STALE', message: `expected ${predicate} at most ${policy.evidenceMaxAgeDays} days old, found one ${found}` }];
  });

function fault(issuedAt: Date, now: Date, maxAgeDays: number): string | undefined {
  const age = now.getTime() - issuedAt.getTime();
  if (age < -CLOCK_TOLERANCE_MS) return `dated in the future, ${issuedAt.toISOString()}; check the clock`;
  return age <= maxAgeDays * DAY_MS ? undefined : `of ${issuedAt.toISOString()}; build the image again`;
}
