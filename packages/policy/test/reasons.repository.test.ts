import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { REASON_CODES } from '../src/verdict.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const page = readFileSync(join(ROOT, 'docs/reference/policies.md'), 'utf8');
const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\S+) \| ./gm)].map(([, code = '', by = '']) => ({ code, by }));

/** Codes by who raises them. Unions of types are gone at run time, so they are read where they are written. */
const RAISED: Readonly<Record<string, readonly string[]>> = {
  policy: REASON_CODES,
  verification: written('packages/supply-chain/src/verification-error.ts', /\| '([A-Z_]+)'/g),
  gatekeeper: written('packages/supply-chain/src/promote/promotion.ts', /\| '([A-Z_]+)'/g),
  source: written('apps/pipeline/src/source/source.error.ts', /\| '([A-Z_]+)'/g),
  job: written('apps/pipeline/src/jobs/job.error.ts', /\| '([A-Z_]+)'/g),
  publish: written('apps/pipeline/src/publish/publish.error.ts', /\| '([A-Z_]+)'/g),
  '`inspect`': [
    ...written('packages/policy/src/error.ts', /'(POLICY_[A-Z_]+)'/g),
    ...written('packages/policy/src/change/{judge-declarations,secrets.policy}.ts', /rule: ['`]([A-Z_]+)/g),
  ],
  '`examine`': written('packages/policy/src/change/licences.policy.ts', /rule: '([A-Z_]+)'/g),
  '`exercise`': [
    ...written('apps/pipeline/src/programs/exercise/*.ts', /rule: '([A-Z_]+)'/g),
    ...written('apps/pipeline/src/exercise/exercise.runner.ts', /: ([A-Z_]+): expected/g),
  ],
};

describe('reasons of a refusal on docs/reference/policies.md', () => {
  it('are raised by nobody else', () => {
    expect([...new Set(rows.map(({ by }) => by))].toSorted()).toEqual(Object.keys(RAISED).toSorted());
  });

  it.each(Object.entries(RAISED))('%s: each of its codes once, and no other', (raiser, codes) => {
    expect(codes).not.toHaveLength(0);
    expect(
      rows
        .filter(({ by }) => by === raiser)
        .map(({ code }) => code)
        .toSorted(),
    ).toEqual([...new Set(codes)].toSorted());
  });
});

function written(pattern: string, code: RegExp): string[] {
  return globSync(pattern, { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(code)].map(([, found = '']) => found),
  );
}
