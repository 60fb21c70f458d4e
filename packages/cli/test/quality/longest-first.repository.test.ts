import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import LongestFirst, { LONGEST } from '../../src/quality/longest-first.ts';

describe('the order of integration tests', () => {
  it('names files that are there', () => {
    expect(LONGEST.filter((file) => !existsSync(join(REPOSITORY, file)))).toEqual([]);
  });

  it('begins with those that take longest, and forgets none', () => {
    const others = ['apps/orders/test/refusal.integration.test.ts', 'apps/orders/test/orders.integration.test.ts'];
    const tests = [...others, ...LONGEST.toReversed()].map((file) => ({ path: join(REPOSITORY, file) }));
    // oxlint-disable-next-line unicorn/no-array-sort -- jest's name for it; it is no array's
    const sorted = new LongestFirst().sort(tests).map(({ path }) => path);
    expect(sorted).toEqual([...LONGEST, ...others.toReversed()].map((file) => join(REPOSITORY, file)));
  });
});
