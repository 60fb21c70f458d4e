import { compareDebianVersions } from '@seaworthy/images/debian-version';
import { debianPurl } from '../sbom/package-url.ts';
import type { OsPackage } from '../sbom/packages.ts';
import { cvesFixedBetween } from './changelog.ts';
import type { OsvRecord, ScanResult } from './osv.ts';

/** The security suite's packages, verified by whoever fetched them (see DebianArchive.security of @seaworthy/images). */
export interface SecurityIndex {
  /** `Date` of the signed Release file */
  date: Date;
  find(name: string): { version: string; source: string } | undefined;
}

export interface OsScan {
  installed: readonly OsPackage[];
  /** undefined: the index could not be had */
  index: SecurityIndex | undefined;
  now: Date;
  /** when the source answered last, before now */
  previousAnswer?: Date;
  problem?: string;
  /** debian/changelog of the fixed version, by source package, where it is known: its CVE ids name the finding */
  changelogs?: ReadonlyMap<string, string>;
}

/** An installed version older than the security suite's is a finding, whether or not it has a CVE id (Debian Policy 5.6.12 for the order). */
export function scanOs({ installed, index, now, previousAnswer, problem, changelogs }: OsScan): ScanResult {
  if (!index) {
    return {
      source: 'debian',
      status: 'unavailable',
      records: [],
      ...(previousAnswer ? { lastAnswer: previousAnswer } : {}),
      ...(problem ? { problem } : {}),
    };
  }
  const records = installed.flatMap((found) => {
    const candidate = index.find(found.name);
    if (!candidate || compareDebianVersions(found.version, candidate.version) >= 0) return [];
    return [recordOf(found, candidate, now, changelogs?.get(candidate.source))];
  });
  return { source: 'debian', status: 'answered', lastAnswer: now, database: { version: index.date.toISOString() }, records };
}

function recordOf(found: OsPackage, fixed: { version: string; source: string }, now: Date, changelog: string | undefined): OsvRecord {
  const aliases = changelog ? cvesFixedBetween(changelog, found.version) : [];
  return {
    schema_version: '1.7.0',
    id: `DEBIAN-FIX-${fixed.source}-${fixed.version}`,
    modified: now.toISOString(),
    ...(aliases.length > 0 ? { aliases } : {}),
    summary: `${found.name} ${found.version} is older than ${fixed.version} of trixie-security`,
    affected: [
      {
        package: { ecosystem: 'Debian:13', name: fixed.source, purl: debianPurl(found) },
        versions: [found.version],
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: fixed.version }] }],
      },
    ],
    // the index says what is fixed, not how bad it was
    database_specific: { severity: 'unknown' },
  };
}
