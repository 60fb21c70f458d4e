import { describe, expect, it } from '@jest/globals';
import { isLicenceAllowed } from '../../src/change/spdx.ts';

const allowed = new Set(['MIT', 'Apache-2.0', 'GPL-2.0-only WITH Classpath-exception-2.0']);

describe('a licence expression', () => {
  it.each([
    'MIT',
    '(MIT OR GPL-3.0-only)',
    'GPL-3.0-only OR MIT',
    'MIT AND Apache-2.0',
    'GPL-3.0-only AND MIT OR Apache-2.0',
    'mit OR MIT',
  ])('%s is met', (text) => expect(isLicenceAllowed(text, allowed)).toBe(true));
  it.each(['GPL-3.0-only', 'MIT AND GPL-3.0-only', 'MIT AND (GPL-3.0-only OR LGPL-3.0-only)', 'mit', 'GPL-2.0-only', 'MIT+'])(
    '%s is not met',
    (text) => expect(isLicenceAllowed(text, allowed)).toBe(false),
  );
  it('takes an exception as part of the licence', () => {
    expect(isLicenceAllowed('GPL-2.0-only WITH Classpath-exception-2.0', allowed)).toBe(true);
    expect(isLicenceAllowed('MIT WITH Classpath-exception-2.0', allowed)).toBe(false);
  });
  it.each(['', 'SEE LICENSE IN LICENSE.md', 'MIT OR', '(MIT', 'MIT)', 'MIT Apache-2.0', 'MIT/Apache-2.0', 'OR MIT'])('%j is none', (text) =>
    expect(isLicenceAllowed(text, allowed)).not.toBe(true),
  );
});
