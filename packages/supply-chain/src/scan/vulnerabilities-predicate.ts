import { SCAN_SOURCES, type Finding, type ScanFact, type ScanSource } from '@seaworthy/policy';
import { z } from 'zod';

import type { Vulnerabilities } from '../attest/predicates.ts';
import type { OsvRecord, ScanResult } from './osv.ts';
import { fixedVersion } from './osv.ts';

const SCANNER_URI = 'https://pipeline.seaworthy.internal/scanner/v1';

/** A field of ours beside the standard's, which lets readers ignore what they do not know: whom was asked, and who did not answer. */
const SOURCES = z.array(
  z.object({
    source: z.enum(SCAN_SOURCES),
    status: z.enum(['answered', 'unavailable', 'nothing-to-ask']),
    lastAnswer: z.iso.datetime().optional(),
    database: z.object({ uri: z.string().optional(), version: z.string().optional() }).optional(),
    problem: z.string().optional(),
  }),
);
const RECORD = z.looseObject({
  schema_version: z.literal('1.7.0'),
  id: z.string(),
  modified: z.string(),
  affected: z.array(
    z.looseObject({
      package: z.object({ ecosystem: z.string(), name: z.string(), purl: z.string() }),
      versions: z.array(z.string()),
      ranges: z
        .array(
          z.object({
            type: z.enum(['ECOSYSTEM', 'SEMVER']),
            events: z.array(z.union([z.object({ introduced: z.string() }), z.object({ fixed: z.string() })])),
          }),
        )
        .optional(),
    }),
  ),
  database_specific: z.object({ severity: z.enum(['low', 'medium', 'high', 'critical', 'unknown']) }),
});
const ANNOTATED = z.object({ annotations: z.array(z.object({ source: z.enum(SCAN_SOURCES), osv: RECORD })).length(1) });

/**
 * in-toto predicate Vulnerability Scans v0.1: one result a finding, its OSV record among the annotations, and one for each source that is
 * silent: to the standard's readers, who pass over `sources`, an empty list means that nothing was found.
 */
export function vulnerabilitiesPredicate({
  scans,
  scannerUri = SCANNER_URI,
  startedOn,
  finishedOn,
}: {
  scans: readonly ScanResult[];
  /** whose findings they are, when they are another scanner's */
  scannerUri?: string;
  startedOn: Date;
  finishedOn: Date;
}): Vulnerabilities {
  return {
    scanner: {
      uri: scannerUri,
      ...databaseOf(scans),
      sources: scans.map(({ records: _records, lastAnswer, ...said }) => ({
        ...said,
        ...(lastAnswer ? { lastAnswer: lastAnswer.toISOString() } : {}),
      })),
      result: scans.flatMap(({ source, status, records }) => [
        ...(status === 'unavailable' ? [{ id: silenceOf(source), severity: [{ method: 'source', score: 'unknown' }] }] : []),
        ...records.map((osv) => ({
          id: osv.id,
          severity: [{ method: 'source', score: osv.database_specific.severity }],
          annotations: [{ source, osv }],
        })),
      ]),
    },
    metadata: { scanStartedOn: startedOn.toISOString(), scanFinishedOn: finishedOn.toISOString() },
  };
}

/**
 * Reads back what was written, also before results named who was silent.
 * @throws ZodError when the predicate is another scanner's, which says nothing about our sources
 */
export function scansOf({ scanner }: Vulnerabilities): ScanResult[] {
  const sources = SOURCES.parse(scanner['sources']);
  const silent = sources.flatMap(({ source, status }) => (status === 'unavailable' ? [silenceOf(source)] : []));
  const findings = scanner.result.filter((result) => 'annotations' in result || !silent.includes(result.id));
  const annotations = findings.map((result) => ANNOTATED.parse(result).annotations[0]);
  return sources.map(({ lastAnswer, database, problem, ...said }) => ({
    ...said,
    ...(lastAnswer ? { lastAnswer: new Date(lastAnswer) } : {}),
    ...(database ? { database: defined(database) } : {}),
    ...(problem ? { problem } : {}),
    records: annotations.flatMap((annotation) => (annotation?.source === said.source ? [annotation.osv as OsvRecord] : [])),
  }));
}

/** What the policy judges. */
export function scanFacts(scans: readonly ScanResult[]): ScanFact[] {
  return scans.map(({ source, status, lastAnswer, records }) => ({
    source,
    status,
    ...(lastAnswer ? { lastAnswer } : {}),
    findings: records.map(findingOf),
  }));
}

function findingOf(record: OsvRecord): Finding {
  const fixed = fixedVersion(record);
  return {
    id: record.id,
    package: record.affected[0]?.package.name ?? 'unknown',
    severity: record.database_specific.severity,
    ...(fixed ? { fixedVersion: fixed } : {}),
  };
}

/** Stands among the results for what a source would have said. */
function silenceOf(source: ScanSource): string {
  return `SEAWORTHY-SOURCE-UNAVAILABLE-${source}`;
}

/** How old the oldest knowledge is that the results rest on; nothing where that cannot be said of a source. */
function databaseOf(scans: readonly ScanResult[]): Pick<Vulnerabilities['scanner'], 'db'> {
  const dates = scans.filter(({ status }) => status !== 'nothing-to-ask').map(knownOn);
  const oldest = Math.min(...dates);
  return Number.isFinite(oldest) ? { db: { lastUpdate: new Date(oldest).toISOString() } } : {};
}

/** The date of the source's index where it has one; an API knew what it said when it answered. NaN: not known, as of other scanners. */
function knownOn({ database, lastAnswer }: ScanResult): number {
  return database ? Date.parse(database.version ?? '') : (lastAnswer?.getTime() ?? Number.NaN);
}

function defined({ uri, version }: { uri?: string | undefined; version?: string | undefined }): NonNullable<ScanResult['database']> {
  return { ...(uri ? { uri } : {}), ...(version ? { version } : {}) };
}
