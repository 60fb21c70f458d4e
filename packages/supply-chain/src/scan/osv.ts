import type { ScanFact, ScanSource, Severity } from '@seaworthy/policy';

/** One known weakness of one package in an image: OSV schema 1.7, the fields that are filled here. */
export interface OsvRecord {
  schema_version: '1.7.0';
  id: string;
  /** RFC 3339; when the source did not say, when it was asked */
  modified: string;
  aliases?: string[];
  summary?: string;
  affected: {
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

/** The version that mends it, if the record names one. */
export function fixedVersion(record: OsvRecord): string | undefined {
  for (const event of record.affected.flatMap(({ ranges = [] }) => ranges.flatMap(({ events }) => events))) {
    if ('fixed' in event) return event.fixed;
  }
  return undefined;
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
