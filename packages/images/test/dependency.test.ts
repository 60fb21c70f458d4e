import { describe, expect, it } from '@jest/globals';
import { parseDepends, satisfies } from '../src/archive/dependency.ts';
import { PackagesIndex } from '../src/archive/packages.index.ts';

describe('satisfies', () => {
  // each line's answer is that of `dpkg --compare-versions`
  it.each([
    ['1.0-1', 'tool (>> 1.0)', true],
    ['1.0', 'tool (= 1.0-0)', true],
    ['1.0~rc1', 'tool (>= 1.0)', false],
    ['1:0.9', 'tool (>= 2.0)', true],
    ['1.0', 'tool (= 01.0)', true],
  ])('takes %s for %s: %p', (version, depends, expected) => {
    const [[relation] = []] = parseDepends(depends);
    expect(relation && satisfies(version, relation)).toBe(expected);
  });
});

describe('an index of several suites', () => {
  it('keeps the highest version of a package, as dpkg orders them', () => {
    const stanza = (version: string): string =>
      `Package: tool\nVersion: ${version}\nFilename: pool/tool_${version}.deb\nSHA256: ${'0'.repeat(64)}\nSize: 1`;
    const index = new PackagesIndex();
    index.add(stanza('1.0'), 'debian');
    index.add(stanza('1.0-1+deb13u1'), 'security');
    expect(index.find('tool')).toMatchObject({ version: '1.0-1+deb13u1', archive: 'security' });
  });
});
