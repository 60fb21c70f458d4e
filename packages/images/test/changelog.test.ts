import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { changelogOf } from '../src/deb/changelog.ts';

const file = (path: string, text: string) => ({
  path,
  type: 'file' as const,
  mode: 0o644,
  uid: 0,
  gid: 0,
  target: '',
  data: gzipSync(text),
});

describe('changelogOf', () => {
  it("reads Debian's changelog, not upstream's", () => {
    const files = [file('usr/share/doc/x/changelog.gz', 'upstream'), file('usr/share/doc/x/changelog.Debian.gz', 'debian')];
    expect(changelogOf({ files })).toBe('debian');
  });
  it('reads that of a native package', () => {
    expect(changelogOf({ files: [file('usr/share/doc/x/changelog.gz', 'native')] })).toBe('native');
  });
  it('finds none where there is none', () => {
    expect(changelogOf({ files: [file('usr/share/doc/x/README.gz', 'x')] })).toBeUndefined();
  });
});
