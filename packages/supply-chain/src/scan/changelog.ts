import { compareDebianVersions } from '@seaworthy/images/debian-version';

const CVE = /\bCVE-\d{4}-\d{4,19}\b/g;
/** First line of an entry: `openssl (3.5.1-1+deb13u1) trixie-security; urgency=medium` (deb-changelog(5)). */
const ENTRY = /^\S+ \(([^)\s]+)\) /;

/** The CVE ids that the entries of a debian/changelog newer than the installed version name, sorted. */
export function cvesFixedBetween(changelog: string, installedVersion: string): string[] {
  const found = new Set<string>();
  let isNewer = false;
  for (const line of changelog.split('\n')) {
    const version = ENTRY.exec(line)?.[1];
    if (version !== undefined) isNewer = compareDebianVersions(version, installedVersion) > 0;
    if (isNewer) for (const [id] of line.matchAll(CVE)) found.add(id);
  }
  return [...found].toSorted();
}
