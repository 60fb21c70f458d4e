import { describe, expect, it } from '@jest/globals';
import { compareDebianVersions } from '../src/archive/debian-version.ts';

/** Each line sorts after the one before it, by `dpkg --compare-versions` 1.21; versions of one line are equal. */
const IN_ORDER = [
  ['0~'],
  ['0~20240229123456789012-1'],
  ['0~20240229123456789013-1', '0~0020240229123456789013-1'],
  [`0~${'9'.repeat(399)}8`],
  [`0~${'9'.repeat(400)}`],
  ['0'],
  ['1'],
  ['1.0~~'],
  ['1.0~'],
  ['1.0~rc1'],
  ['1.0', '1.', '1.0-0', '01.0'],
  ['1.0-1~bpo13+1'],
  ['1.0-1', '1.0-01'],
  ['1.0-1+deb13u1'],
  ['1.0-1+deb13u2'],
  ['1.0-1+deb13u10'],
  ['1.0-1.1'],
  ['1.0-a1'],
  ['1.0a'],
  ['1.0a1'],
  ['1.0b'],
  ['1.0+'],
  ['1.0+dfsg-2'],
  ['1.0-1-1'],
  ['1.0.a'],
  ['1.9-1'],
  ['1.10-1'],
  ['2.41-12'],
  ['3.5.1-1'],
  ['9.9p1-3'],
  ['10.0p1-7'],
  ['20250419'],
  ['1:0.9'],
  ['1:4.17.4-2'],
  ['9007199254740992:1'],
  ['9007199254740993:1'],
];

describe('compareDebianVersions', () => {
  it('orders every pair as dpkg does', () => {
    const ranked = IN_ORDER.flatMap((versions, rank) => versions.map((version) => ({ version, rank })));
    for (const one of ranked) {
      for (const other of ranked) {
        expect([one.version, other.version, Math.sign(compareDebianVersions(one.version, other.version))]).toEqual([
          one.version,
          other.version,
          Math.sign(one.rank - other.rank),
        ]);
      }
    }
  });
});
