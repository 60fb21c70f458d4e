import { satisfies } from 'semver';
import { z } from 'zod';

import { npmPurl } from '../sbom/package-url.ts';
import type { NpmPackage } from '../sbom/packages.ts';
import type { AdvisoryAnswer } from './fetch-advisories.ts';
import type { OsvRecord, ScanResult } from './osv.ts';
import { purlOf, severityOf } from './osv.ts';

/** What the bulk advisory API answers: advisories by package name. */
const ADVISORIES = z.record(
  z.string(),
  z.array(
    z.looseObject({
      id: z.union([z.number(), z.string()]),
      url: z.string(),
      title: z.string(),
      severity: z.string(),
      vulnerable_versions: z.string(),
      cvss: z.looseObject({ vectorString: z.string().nullable() }).optional(),
    }),
  ),
);
type Advisory = z.output<typeof ADVISORIES>[string][number];

export interface NpmScan {
  packages: readonly NpmPackage[];
  /** not needed when there are no packages */
  answer?: AdvisoryAnswer;
  /** when the registry answered last, before this answer */
  previousAnswer?: Date;
}

/** Which of the packages the registry's advisories are about. An answer that cannot be read is no answer. */
export function scanNpm({ packages, answer, previousAnswer }: NpmScan): ScanResult {
  if (packages.length === 0) return { source: 'npm', status: 'nothing-to-ask', records: [] };
  const parsed = answer?.status === 'answered' ? ADVISORIES.safeParse(answer.body) : undefined;
  if (!answer || answer.status === 'unavailable' || !parsed?.success) {
    const problem = answer?.status === 'unavailable' ? answer.problem : 'expected advisories by package name, found another document';
    return { source: 'npm', status: 'unavailable', records: [], problem, ...(previousAnswer ? { lastAnswer: previousAnswer } : {}) };
  }
  const records = packages.flatMap((found) =>
    (Object.hasOwn(parsed.data, found.name) ? (parsed.data[found.name] ?? []) : [])
      .filter(({ vulnerable_versions }) => satisfies(found.version, vulnerable_versions, { includePrerelease: true }))
      .map((advisory) => recordOf(found, advisory, answer.answeredAt)),
  );
  return { source: 'npm', status: 'answered', lastAnswer: answer.answeredAt, records };
}

function recordOf(found: NpmPackage, advisory: Advisory, answeredAt: Date): OsvRecord {
  const vector = advisory.cvss?.vectorString;
  return {
    schema_version: '1.7.0',
    id: /GHSA-[0-9a-z]{4}-[0-9a-z]{4}-[0-9a-z]{4}/.exec(advisory.url)?.[0] ?? `NPM-${advisory.id}`,
    modified: answeredAt.toISOString(),
    summary: advisory.title,
    affected: [{ package: { ecosystem: 'npm', name: found.name, purl: purlOf(npmPurl(found)) }, versions: [found.version] }],
    references: [{ type: 'ADVISORY', url: advisory.url }],
    ...(vector ? { severity: [{ type: vector.startsWith('CVSS:4') ? 'CVSS_V4' : 'CVSS_V3', score: vector }] } : {}),
    database_specific: { severity: severityOf(advisory.severity) },
  };
}
