import { gunzipSync } from 'node:zlib';
import type { DebContents } from './deb.ts';

/** Debian Policy 12.7: native packages have changelog.gz, all others changelog.Debian.gz beside upstream's. */
const PLACES = [/^usr\/share\/doc\/[^/]+\/changelog\.Debian\.gz$/, /^usr\/share\/doc\/[^/]+\/changelog\.gz$/];

/** debian/changelog of an opened package. */
export function changelogOf({ files }: Pick<DebContents, 'files'>): string | undefined {
  for (const place of PLACES) {
    const found = files.find(({ path, type }) => type === 'file' && place.test(path));
    if (found) return gunzipSync(found.data).toString('utf8');
  }
  return undefined;
}
