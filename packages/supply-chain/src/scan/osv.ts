import type { ScanFact, ScanSource, Severity } from '@seaworthy/policy';

/** One known weakness of one package in an image: OSV schema 1.7, the fields that are filled here. */
export interface OsvRecord {
  schema_version: '1.7.0';
  /**
   * The source's own, where it gives one. `DEBIAN-FIX-<source package>-<version>` and `NPM-<number of an advisory that is no GHSA>` are
   * ours: no database of OSV's list has their records, and tools look them up in vain.
   */
  id: string;
  /** RFC 3339; when the source did not say, when it was asked */
  modified: string;
  /** the same weakness in other databases; none in a distribution's record, which is about its package */
  aliases?: string[];
  /** what a distribution's record is downstream of: the CVE ids that its fix mends */
  upstream?: string[];
  summary?: string;
  affected: {
    /** purl: without `@version` (see `purlOf`) */
    package: { ecosystem: string; name: string; purl: string };
    versions: string[];
    ranges?: { type: 'ECOSYSTEM' | 'SEMVER'; events: ({ introduced: string } | { fixed: string })[] }[];
  }[];
  references?: { type: 'ADVISORY' | 'WEB'; url: string }[];
  severity?: { type: 'CVSS_V3' | 'CVSS_V4'; score: string }[];
  database_specific: { severity: Severity };
}

/**
 * What one source said. `unavailable` carries no findings, and never means that there are none; `nothing-to-ask`: the image holds
 * nothing that the source knows about.
 */
export interface ScanResult {
  source: ScanSource;
  status: ScanFact['status'];
  /** undefined: it has never answered */
  lastAnswer?: Date;
  /** what the source knew, by its own account: date of an index, address of an API */
  database?: { uri?: string; version?: string };
  /** why there is no answer */
  problem?: string;
  records: OsvRecord[];
}

/** A package's purl as a record names it: `versions` says which. */
export function purlOf(purl: string): string {
  // a scope may be written with an @ of its own, and so may a qualifier
  return purl.replace(/^([^?#]*\/[^/?#@]+)@[^/?#]*/, '$1');
}

/** The version that mends it, or one of each branch, if the record names any. */
export function fixedVersion(record: OsvRecord): string | undefined {
  const events = record.affected.flatMap(({ ranges = [] }) => ranges.flatMap((range) => range.events));
  return events.flatMap((event) => ('fixed' in event ? [event.fixed] : [])).join(', ') || undefined;
}

/** GitHub's and npm's word, in ours. */
export function severityOf(word: string | undefined): Severity {
  switch (word?.toLowerCase() ?? '') {
    case 'critical':
      return 'critical';
    case 'high':
    case 'important':
      return 'high';
    case 'moderate':
    case 'medium':
      return 'medium';
    case 'low':
    case 'negligible':
    case 'info':
      return 'low';
    default:
      return 'unknown';
  }
}
