import type { Rule } from './rule.ts';

/** Their absence is for the rule on required evidence. */
export const testsPassed: Rule = (_policy, { tests }) =>
  !tests || tests.passed
    ? []
    : [{ code: 'TESTS_FAILED', message: `expected test results that passed, found failed: ${tests.failed.join(', ') || '(not named)'}` }];
