import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { EXCUSABLE_CODES, exceptionsSchema } from '../src/exceptions.policy.ts';
import * as policy from '../src/index.ts';
import { tierPolicySchema } from '../src/tier.policy.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../../docs/reference/policies.md'), 'utf8');

describe('docs/reference/policies.md', () => {
  it.each(EXCUSABLE_CODES)('says that %s can be excused', (code) => {
    expect(page).toMatch(new RegExp(`\\| \`excuses\` \\| one of .*\`${code}\``));
  });
  it.each([
    ...Object.keys(tierPolicySchema.shape),
    ...Object.keys(exceptionsSchema.shape.exceptions.element.shape),
    ...Object.keys(parse(readFileSync(resolve(import.meta.dirname, '../../../infra/policies/registry-rights.yaml'), 'utf8')) as object),
  ])('explains the field %s', (field) => {
    expect(page).toMatch(new RegExp(`\`${field}[\`.]`));
  });
});

describe('@seaworthy/policy', () => {
  it('exports these names, and no others', () => {
    expect(Object.keys(policy).toSorted()).toEqual([
      'IMAGE_KINDS',
      'PolicyError',
      'SCAN_SOURCES',
      'SEVERITIES',
      'decide',
      'loadPolicies',
      'loadServiceCard',
      'serviceCardSchema',
    ]);
  });
});

describe('docs/how-to/change-a-policy.md', () => {
  it('shows an exception that would be taken', () => {
    const howTo = readFileSync(resolve(import.meta.dirname, '../../../docs/how-to/change-a-policy.md'), 'utf8');
    const example: unknown = parse(/```yaml\n([\s\S]+?)```/.exec(howTo)?.[1] ?? '');
    expect(exceptionsSchema.safeParse({ exceptions: example })).toMatchObject({ success: true });
  });
});

describe('docs/reference/service-card.md', () => {
  const card = readFileSync(resolve(import.meta.dirname, '../../../docs/reference/service-card.md'), 'utf8');
  it.each(Object.keys(policy.serviceCardSchema.shape))('explains the field %s', (field) => {
    expect(card).toContain(`| \`${field}\` |`);
  });
});
