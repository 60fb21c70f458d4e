import { SCAN_SOURCES, type ScanSource } from '@seaworthy/policy';
import { z } from 'zod';

import type { OsvRecord, ScanResult } from './osv.ts';
import { purlOf, severityOf } from './osv.ts';
import { ScanReportError } from './report-error.ts';

const TRIVY = z.looseObject({
  SchemaVersion: z.literal(2),
  CreatedAt: z.string().optional(),
  Results: z
    .array(
      z.looseObject({
        Type: z.string().optional(),
        Vulnerabilities: z
          .array(
            z.looseObject({
              VulnerabilityID: z.string().min(1),
              PkgName: z.string(),
              PkgIdentifier: z.looseObject({ PURL: z.string().optional() }).optional(),
              InstalledVersion: z.string(),
              FixedVersion: z.string().optional(),
              Title: z.string().optional(),
              PrimaryURL: z.string().optional(),
              Severity: z.string(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

const GRYPE = z.looseObject({
  matches: z.array(
    z.looseObject({
      vulnerability: z.looseObject({
        id: z.string().min(1),
        dataSource: z.string().optional(),
        description: z.string().optional(),
        severity: z.string().optional(),
        fix: z.looseObject({ versions: z.array(z.string()).nullish() }).optional(),
      }),
      relatedVulnerabilities: z.array(z.looseObject({ id: z.string() })).nullish(),
      artifact: z.looseObject({ name: z.string(), version: z.string(), type: z.string(), purl: z.string().optional() }),
    }),
  ),
});

/** Trivy's report (`trivy image --format json`), as OSV records. @throws ZodError when it is something else; ScanReportError */
export function importTrivy(report: unknown, now: Date): OsvRecord[] {
  return (TRIVY.parse(report).Results ?? []).flatMap(({ Type, Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) =>
      record({
        id: found.VulnerabilityID,
        name: found.PkgName,
        version: found.InstalledVersion,
        type: Type,
        purl: found.PkgIdentifier?.PURL,
        fixed: found.FixedVersion?.split(', ') ?? [],
        severity: found.Severity,
        summary: found.Title,
        url: found.PrimaryURL,
        now,
      }),
    ),
  );
}

/** Grype's report (`grype --output json`), as OSV records. @throws ZodError when it is something else; ScanReportError */
export function importGrype(report: unknown, now: Date): OsvRecord[] {
  return GRYPE.parse(report).matches.map(({ vulnerability, artifact, relatedVulnerabilities }) =>
    record({
      id: vulnerability.id,
      name: artifact.name,
      version: artifact.version,
      type: artifact.type,
      purl: artifact.purl,
      fixed: vulnerability.fix?.versions ?? [],
      severity: vulnerability.severity,
      summary: vulnerability.description,
      url: vulnerability.dataSource,
      related: relatedVulnerabilities?.map(({ id }) => id),
      now,
    }),
  );
}

export interface ImportedReport {
  reportedAt: Date;
  /** whose report it is */
  uri: string;
  /** which of our sources the scanner was asked in place of; of the others, the report says nothing */
  sources: readonly ScanSource[];
  /** what the platform's own scan said: it goes on to count for the sources that were not asked */
  own?: readonly ScanResult[];
}

/**
 * Findings of another scanner in place of our own: what it found, by source, on the day of its report. What is no npm package is
 * Debian's affair: all else in an image came with a package of the distribution.
 * @throws ScanReportError SOURCE_NOT_ASKED
 */
export function importedScans(records: readonly OsvRecord[], { reportedAt, uri, sources, own = [] }: ImportedReport): ScanResult[] {
  return SCAN_SOURCES.map((source) => {
    const found = records.filter(({ affected }) => affected.some((one) => sourceOf(one.package.ecosystem) === source));
    if (sources.includes(source)) return { source, status: 'answered', lastAnswer: reportedAt, database: { uri }, records: found };
    const [first] = found;
    if (first === undefined)
      return own.find((scan) => scan.source === source) ?? { source, status: 'unavailable', problem: 'not asked', records: [] };
    throw new ScanReportError({
      code: 'SOURCE_NOT_ASKED',
      message: `expected a report about ${sources.join(' and ')} packages alone, found ${first.id} in ${first.affected[0]?.package.name ?? '?'}; import it for ${source}, too`,
    });
  });
}

interface Found {
  id: string;
  name: string;
  version: string;
  /** the scanner's own word for the kind of package */
  type: string | undefined;
  purl: string | undefined;
  /** one of each branch */
  fixed: readonly string[];
  severity: string | undefined;
  summary: string | undefined;
  url: string | undefined;
  /** its ids in other databases */
  related?: readonly string[] | undefined;
  now: Date;
}

function record(found: Found): OsvRecord {
  const { name, version } = found;
  const { ecosystem, purlType } = ecosystemOf(found);
  const fixed = found.fixed.filter((one) => VERSION.test(one));
  return {
    schema_version: '1.7.0',
    id: found.id,
    modified: found.now.toISOString(),
    ...otherIds(found, ecosystem),
    ...(found.summary ? { summary: found.summary } : {}),
    affected: [
      {
        package: { ecosystem, name, purl: purlOf(found.purl ?? `pkg:${purlType}/${name}`) },
        versions: [version],
        // where each branch began, reports do not say: one range with all fixes calls no mended version affected
        ...(fixed.length > 0
          ? { ranges: [{ type: 'ECOSYSTEM' as const, events: [{ introduced: '0' }, ...fixed.map((one) => ({ fixed: one }))] }] }
          : {}),
      },
    ],
    ...(found.url ? { references: [{ type: 'ADVISORY', url: found.url }] } : {}),
    database_specific: { severity: severityOf(found.severity) },
  };
}

/** Of any ecosystem; scanners also hand on ranges (`>=2.0.1 <3`) as what is fixed. */
const VERSION = /^[^\s<>=^*|,]+$/;

/** OSV's names, and package-url's, by the words of both scanners. */
const ECOSYSTEMS: readonly { ecosystem: string; purlType: string; types: readonly string[] }[] = [
  { ecosystem: 'npm', purlType: 'npm', types: ['npm', 'node-pkg', 'yarn', 'pnpm', 'bun'] },
  { ecosystem: 'Debian:13', purlType: 'deb/debian', types: ['debian', 'deb'] },
  { ecosystem: 'Go', purlType: 'golang', types: ['gobinary', 'gomod', 'go-module'] },
  { ecosystem: 'PyPI', purlType: 'pypi', types: ['python-pkg', 'pip', 'pipenv', 'poetry', 'uv', 'python'] },
  { ecosystem: 'crates.io', purlType: 'cargo', types: ['rustbinary', 'cargo', 'rust-crate'] },
];

function ecosystemOf({ type = '', id, name }: Found): { ecosystem: string; purlType: string } {
  const known = ECOSYSTEMS.find(({ types }) => types.includes(type));
  if (known) return known;
  throw new ScanReportError({
    code: 'ECOSYSTEM_UNKNOWN',
    message: `expected a package of ${ECOSYSTEMS.map(({ ecosystem }) => ecosystem).join(', ')}, found ${id} in ${name}, of type ${type || 'none'}; add the type to import-scanners.ts`,
  });
}

function sourceOf(ecosystem: string): ScanSource {
  return ecosystem === 'npm' ? 'npm' : 'debian';
}

function otherIds({ id, related = [] }: Found, ecosystem: string): Pick<OsvRecord, 'aliases' | 'upstream'> {
  const others = [...new Set(related)].filter((other) => other !== id).toSorted();
  if (others.length === 0) return {};
  return ecosystem.startsWith('Debian') ? { upstream: others } : { aliases: others };
}
