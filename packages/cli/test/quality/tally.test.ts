import { describe, expect, it } from '@jest/globals';
import { tallyOf, type JestReport } from '../../src/quality/jest.ts';
import { failed, PASSED, showResult, sum } from '../../src/quality/tally.ts';

const report = (given: Partial<JestReport>): JestReport => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
  ...given,
});

describe('tally', () => {
  it('ends with the one line that programs read', () => {
    const said: string[] = [];
    expect(showResult(sum([PASSED, PASSED, failed('x')]), (line) => said.push(line))).toBe(1);
    expect(said).toEqual(['✗ x', '2 passed, 1 failed, 0 skipped']);
    expect(showResult(PASSED, () => undefined)).toBe(0);
  });

  it('keeps what failed, in order', () => {
    expect(sum([failed('one'), PASSED, failed('two')]).failures).toEqual(['one', 'two']);
  });
});

describe('tallyOf', () => {
  it('counts skipped and planned tests as skipped', () => {
    expect(tallyOf(report({ numPassedTests: 5, numPendingTests: 1, numTodoTests: 2 }))).toMatchObject({ passed: 5, failed: 0, skipped: 3 });
  });

  it('counts a file that could not be loaded as one failure', () => {
    const broken = report({ numPassedTests: 5, testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [] }] });
    expect(tallyOf(broken)).toMatchObject({ failed: 1, failures: ['a.test.ts could not run'] });
  });

  it('counts a failed test once', () => {
    const one = report({
      numFailedTests: 1,
      testResults: [{ name: 'a.test.ts', status: 'failed', assertionResults: [{ status: 'failed', fullName: 'a is b' }] }],
    });
    expect(tallyOf(one)).toMatchObject({ failed: 1, failures: ['a is b'] });
  });
});
