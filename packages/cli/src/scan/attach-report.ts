import { PREDICATES, RELEASE_TAG } from '@seaworthy/contracts';
import type { Digest, RegistryClient } from '@seaworthy/oci';
import type { ScanSource } from '@seaworthy/policy';
import {
  attachBundle,
  hasPredicateType,
  importedScans,
  readScanReport,
  scansOf,
  signStatement,
  verifyImage,
  vulnerabilitiesPredicate,
} from '@seaworthy/supply-chain';
import type { ScanResult, Trust, VerifiedImage } from '@seaworthy/supply-chain';
import { UserError } from '../errors.ts';

/** Whoever built an image says what is known of its weaknesses: nobody else's word counts. */
const BUILDERS = ['pipeline', 'image-builder'] as const;
export type Builder = (typeof BUILDERS)[number];

/** What the host may do, and as whom. */
export interface ReportAccess {
  /** with the right to read release/ */
  readonly releases: RegistryClient;
  /** with a builder's right to write to staging/ */
  readonly staging: (builder: Builder) => RegistryClient;
  readonly signingKey: (builder: Builder) => string;
  readonly trust: Trust;
}

/** Another scanner's report, and which of the platform's own sources it speaks for. */
export interface Report {
  /** parsed JSON */
  readonly content: unknown;
  readonly sources: readonly ScanSource[];
}

/** Evidence that lies in staging/, about the image that release/ shows; the gatekeeper has not judged it yet. */
export interface AttachedReport {
  readonly repository: string;
  readonly digest: Digest;
  readonly builder: Builder;
  readonly reportedAt: Date;
  readonly scans: readonly ScanResult[];
}

/**
 * Signs a report of Trivy or Grype about a released image as its builder, in the form of the platform's own scans, and puts it beside the
 * image in staging/. It is the newest evidence then, and the next verdict rests on it.
 * @throws ScanReportError; UserError when the platform has scanned since; VerificationError, OciError NOT_FOUND
 */
export async function attachReport(access: ReportAccess, name: string, { content, sources }: Report): Promise<AttachedReport> {
  const { releases, trust } = access;
  const released = `release/${name}`;
  const { digest } = await releases.resolve(released, RELEASE_TAG);
  const requirements = [{ predicateType: PREDICATES.vulnerabilities, signers: BUILDERS }];
  const image = await verifyImage({ registry: releases, repository: released, digest, trust, requirements });
  const { builder, scannedAt, own } = newestScan(image);
  const { descriptor, json } = image.manifest;
  const { uri, reportedAt, records } = readScanReport(content, { digest, configDigest: json.config.digest });
  requireNewer(reportedAt, scannedAt);
  const scans = importedScans(records, { reportedAt, uri, sources, own });
  const repository = `staging/${name}`;
  const statement = {
    subject: [{ name: repository, digest }],
    predicateType: PREDICATES.vulnerabilities,
    predicate: vulnerabilitiesPredicate({ scans, scannerUri: uri, startedOn: reportedAt, finishedOn: reportedAt }),
  };
  const bundle = signStatement({ ...statement, key: access.signingKey(builder) });
  await attachBundle(access.staging(builder), repository, descriptor, bundle);
  return { repository, digest, builder, reportedAt, scans };
}

function newestScan({ evidence }: VerifiedImage): { builder: Builder; scannedAt: Date; own: ScanResult[] } {
  const found = evidence.flatMap(({ signer, statement }) => {
    const builder = BUILDERS.find((one) => one === signer);
    if (builder === undefined || !hasPredicateType(statement, PREDICATES.vulnerabilities)) return [];
    const { predicate } = statement;
    return [{ builder, scannedAt: new Date(predicate.metadata.scanFinishedOn), predicate }];
  });
  const [newest] = found.toSorted((one, other) => other.scannedAt.getTime() - one.scannedAt.getTime());
  if (newest === undefined) throw new TypeError('expected a verified image to have the evidence that was required');
  return { builder: newest.builder, scannedAt: newest.scannedAt, own: scansOf(newest.predicate) };
}

/** The newest evidence counts, by its own date: an older report would be signed and never looked at. */
function requireNewer(reportedAt: Date, scannedAt: Date): void {
  if (reportedAt > scannedAt && reportedAt.getTime() <= Date.now()) return;
  throw new UserError({
    code: 'VERIFICATION_FAILED',
    message: 'The report cannot become the newest evidence about the image',
    expected: `a report from between the last scan, ${scannedAt.toISOString()}, and now`,
    found: `one from ${reportedAt.toISOString()}`,
    remedy: 'scan the image again (and look at the clock of the machine that does)',
  });
}
