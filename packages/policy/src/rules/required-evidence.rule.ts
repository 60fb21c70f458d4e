import type { Rule } from './rule.ts';

export const requiredEvidence: Rule = (policy, { evidence }) =>
  policy.evidence
    .filter((name) => !evidence.some(({ predicate }) => predicate === name))
    .map((name) => ({
      code: 'EVIDENCE_MISSING',
      message: `expected evidence of kind ${name}, found none that verifies; build the image again, so that it is made and signed`,
    }));
