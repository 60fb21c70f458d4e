import type { Rule } from './rule.ts';

/** A check that nobody ran has not passed: the results have to name each one that the tier asks for. */
export const requiredChecks: Rule = (policy, { kind, tests }) => {
  if (kind === 'base' || !tests?.passed) return [];
  const missing = policy.checks.filter((check) => !tests.named.includes(check));
  if (missing.length === 0) return [];
  const message = `expected test results that name ${missing.join(', ')} as passed, found none; build the image again, with a pipeline that runs every check`;
  return [{ code: 'CHECK_MISSING', message }];
};

/** Their absence is for the rule on required evidence. */
export const testsPassed: Rule = (_policy, { tests }) =>
  !tests || tests.passed
    ? []
    : [{ code: 'TESTS_FAILED', message: `expected test results that passed, found failed: ${tests.failed.join(', ') || '(not named)'}` }];
