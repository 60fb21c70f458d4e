import type { Digest } from '@seaworthy/oci';
import { z } from 'zod';

import { importGrype, importTrivy } from './import-scanners.ts';
import type { OsvRecord } from './osv.ts';
import { ScanReportError } from './report-error.ts';

/** What of an image a scanner may name: its manifest's digest, or its id, which is the digest of its configuration. */
export interface ScannedImage {
  digest: Digest;
  configDigest: Digest;
}

/** Another scanner's findings in one image. */
export interface ScanReport {
  uri: string;
  reportedAt: Date;
  records: OsvRecord[];
}

const DATE = z.iso.datetime({ offset: true });
const TRIVY = z.looseObject({
  SchemaVersion: z.number(),
  CreatedAt: DATE,
  Metadata: z.looseObject({ ImageID: z.string().optional(), RepoDigests: z.array(z.string()).nullish() }),
});
const GRYPE = z.looseObject({
  descriptor: z.looseObject({ name: z.literal('grype'), timestamp: DATE }),
  source: z.looseObject({
    target: z.looseObject({
      imageID: z.string().optional(),
      manifestDigest: z.string().optional(),
      repoDigests: z.array(z.string()).nullish(),
    }),
  }),
});

/**
 * Reads Trivy's or Grype's JSON about an image; whose it is, it says itself.
 * @throws ScanReportError
 */
export function readScanReport(report: unknown, image: ScannedImage): ScanReport {
  const [trivy, grype] = [TRIVY.safeParse(report), GRYPE.safeParse(report)];
  if (trivy.success) {
    const { CreatedAt, Metadata } = trivy.data;
    requireImage([Metadata.ImageID, ...(Metadata.RepoDigests ?? [])], image);
    return readAs('https://trivy.dev', new Date(CreatedAt), (now) => importTrivy(report, now));
  }
  if (grype.success) {
    const { descriptor, source } = grype.data;
    const { imageID, manifestDigest, repoDigests } = source.target;
    requireImage([imageID, manifestDigest, ...(repoDigests ?? [])], image);
    return readAs('https://github.com/anchore/grype', new Date(descriptor.timestamp), (now) => importGrype(report, now));
  }
  throw malformed('neither', new AggregateError([trivy.error, grype.error]));
}

function readAs(uri: string, reportedAt: Date, read: (now: Date) => OsvRecord[]): ScanReport {
  try {
    return { uri, reportedAt, records: read(reportedAt) };
  } catch (error) {
    throw error instanceof ScanReportError ? error : malformed('one of another version', error);
  }
}

/** `sha256:…` or `<name>@sha256:…` */
function requireImage(named: readonly (string | undefined)[], { digest, configDigest }: ScannedImage): void {
  const digests = named.flatMap((name) => name?.slice(name.lastIndexOf('@') + 1) ?? []);
  if (digests.includes(digest) || digests.includes(configDigest)) return;
  throw new ScanReportError({
    code: 'REPORT_ELSEWHERE',
    message: `expected a report about ${digest} (id ${configDigest}), found one about ${digests.join(', ') || 'no image'}; scan this very image`,
  });
}

function malformed(found: string, cause: unknown): ScanReportError {
  const message = `expected the JSON of trivy image --format json, or of grype --output json, about an image and with its date, found ${found}`;
  return new ScanReportError({ code: 'REPORT_MALFORMED', message, cause });
}
