import { compareDebianVersions } from '@seaworthy/images/debian-version';
import { debianPurl } from '../sbom/package-url.ts';
import type { OsPackage } from '../sbom/packages.ts';
import type { DistributionAnswer } from './ask-distribution.ts';
import { cvesFixedBetween } from './changelog.ts';
import type { OsvRecord, ScanResult } from './osv.ts';
import { purlOf } from './osv.ts';

export interface OsScan {
  installed: readonly OsPackage[];
  answer: DistributionAnswer;
  now: Date;
  /** when the source answered last, before now */
  previousAnswer?: Date;
}

/** An installed version older than the security suite's is a finding, whether or not it has a CVE id (Debian Policy 5.6.12 for the order). */
export function scanOs({ installed, answer, now, previousAnswer }: OsScan): ScanResult {
  if (answer.status === 'unavailable') {
    const { status, problem } = answer;
    return { source: 'debian', status, records: [], problem, ...(previousAnswer ? { lastAnswer: previousAnswer } : {}) };
  }
  const { packages, changelogs, date } = answer;
  const records = installed.flatMap((found) => {
    const candidate = own(packages, found.name);
    if (!candidate || compareDebianVersions(found.version, candidate.version) >= 0) return [];
    return [recordOf(found, candidate, now, own(changelogs, candidate.source))];
  });
  return { source: 'debian', status: 'answered', lastAnswer: now, database: { version: date }, records };
}

function own<Value>(known: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

function recordOf(found: OsPackage, fixed: { version: string; source: string }, now: Date, changelog: string | undefined): OsvRecord {
  const upstream = changelog ? cvesFixedBetween(changelog, found.version) : [];
  return {
    schema_version: '1.7.0',
    id: `DEBIAN-FIX-${fixed.source}-${fixed.version}`,
    modified: now.toISOString(),
    ...(upstream.length > 0 ? { upstream } : {}),
    summary: `${found.name} ${found.version} is older than ${fixed.version} of trixie-security`,
    affected: [
      {
        package: { ecosystem: 'Debian:13', name: fixed.source, purl: purlOf(debianPurl(found)) },
        versions: [found.version],
        ranges: [{ type: 'ECOSYSTEM', events: [{ introduced: '0' }, { fixed: fixed.version }] }],
      },
    ],
    // the index says what is fixed, not how bad it was
    database_specific: { severity: 'unknown' },
  };
}
