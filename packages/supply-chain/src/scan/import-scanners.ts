import { SCAN_SOURCES } from '@seaworthy/policy';
import { z } from 'zod';

import type { OsvRecord, ScanResult } from './osv.ts';
import { severityOf } from './osv.ts';

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

/** Trivy's report (`trivy image --format json`), as OSV records. @throws ZodError when it is something else */
export function importTrivy(report: unknown, now: Date): OsvRecord[] {
  return (TRIVY.parse(report).Results ?? []).flatMap(({ Type, Vulnerabilities }) =>
    (Vulnerabilities ?? []).map((found) =>
      record({
        id: found.VulnerabilityID,
        name: found.PkgName,
        version: found.InstalledVersion,
        ecosystem: ecosystemOf(Type),
        purl: found.PkgIdentifier?.PURL,
        fixed: found.FixedVersion,
        severity: found.Severity,
        summary: found.Title,
        url: found.PrimaryURL,
        now,
      }),
    ),
  );
}

/** Grype's report (`grype --output json`), as OSV records. @throws ZodError when it is something else */
export function importGrype(report: unknown, now: Date): OsvRecord[] {
  return GRYPE.parse(report).matches.map(({ vulnerability, artifact, relatedVulnerabilities }) => ({
    ...record({
      id: vulnerability.id,
      name: artifact.name,
      version: artifact.version,
      ecosystem: ecosystemOf(artifact.type),
      purl: artifact.purl,
      fixed: vulnerability.fix?.versions?.[0],
      severity: vulnerability.severity,
      summary: vulnerability.description,
      url: vulnerability.dataSource,
      now,
    }),
    ...aliasesOf(vulnerability.id, relatedVulnerabilities ?? []),
  }));
}

/**
 * Findings of another scanner in place of our own two: what it found, by source, on the day of its report. It must have looked at both
 * kinds of packages: a source that it was not asked about has not answered.
 */
export function importedScans(records: readonly OsvRecord[], { reportedAt, uri }: { reportedAt: Date; uri: string }): ScanResult[] {
  return SCAN_SOURCES.map((source) => ({
    source,
    status: 'answered',
    lastAnswer: reportedAt,
    database: { uri },
    records: records.filter(({ affected }) => affected.some((one) => (one.package.ecosystem === 'npm') === (source === 'npm'))),
  }));
}

interface Found {
  id: string;
  name: string;
  version: string;
  ecosystem: string;
  purl: string | undefined;
  fixed: string | undefined;
  severity: string | undefined;
  summary: string | undefined;
  url: string | undefined;
  now: Date;
}

function record(found: Found): OsvRecord {
  const { ecosystem, name, version } = found;
  const purl = found.purl ?? (ecosystem === 'npm' ? `pkg:npm/${name}@${version}` : `pkg:deb/debian/${name}@${version}`);
  return {
    schema_version: '1.7.0',
    id: found.id,
    modified: found.now.toISOString(),
    ...(found.summary ? { summary: found.summary } : {}),
    affected: [
      {
        package: { ecosystem, name, purl },
        versions: [version],
        ...(found.fixed ? { ranges: [{ type: 'ECOSYSTEM' as const, events: [{ introduced: '0' }, { fixed: found.fixed }] }] } : {}),
      },
    ],
    ...(found.url ? { references: [{ type: 'ADVISORY', url: found.url }] } : {}),
    database_specific: { severity: severityOf(found.severity) },
  };
}

function ecosystemOf(type: string | undefined): string {
  return ['npm', 'node-pkg', 'yarn', 'pnpm'].includes(type ?? '') ? 'npm' : 'Debian:13';
}

function aliasesOf(id: string, related: { id: string }[]): { aliases?: string[] } {
  const aliases = [...new Set(related.map((entry) => entry.id))].filter((alias) => alias !== id).toSorted();
  return aliases.length > 0 ? { aliases } : {};
}
