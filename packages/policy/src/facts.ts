import type { PredicateName, Signer } from '@seaworthy/contracts';

/** A base image is assembled from Debian packages by the image builder; a service is one layer on a base image. */
export const IMAGE_KINDS = ['base', 'service'] as const;
export type ImageKind = (typeof IMAGE_KINDS)[number];

/** Where facts about weaknesses come from. */
export const SCAN_SOURCES = ['debian', 'npm'] as const;
export type ScanSource = (typeof SCAN_SOURCES)[number];

/** Least severe first; a source that names no severity gives `unknown`, which is not a rank. */
export const SEVERITIES = ['low', 'medium', 'high', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number] | 'unknown';

/** One piece of evidence whose signature was verified. */
export interface EvidenceFact {
  predicate: PredicateName;
  signer: Signer;
  /** when the statement says that it was made; undefined: neither it nor the provenance of its run says so */
  issuedAt?: Date;
  /** SLSA provenance alone: `runDetails.builder.id` */
  builderId?: string;
}

export interface Finding {
  /** CVE, GHSA or the source's own id */
  id: string;
  package: string;
  severity: Severity;
  fixedVersion?: string;
}

/**
 * What one source said about the image's contents. `unavailable` never means "clean"; `nothing-to-ask`: the image holds nothing that
 * the source knows about.
 */
export interface ScanFact {
  source: ScanSource;
  status: 'answered' | 'unavailable' | 'nothing-to-ask';
  /** undefined: the source has never answered */
  lastAnswer?: Date;
  findings: Finding[];
}

/** All that a verdict about one image is made from. Nothing here is taken from the image's own word but its tier. */
export interface ImageFacts {
  /** name without realm: `catalog` */
  image: string;
  kind: ImageKind;
  /** what is released under this name now; undefined: nothing is, or the policy's names say enough */
  releasedAs?: ImageKind | undefined;
  now: Date;
  evidence: EvidenceFact[];
  /** undefined: no test results were found */
  tests?: { passed: boolean; failed: string[]; named: string[] };
  scans: ScanFact[];
  /** the image under it; undefined: the provenance names none. `outlived`: it was released, and longer ago than the tier allows */
  parent?: { name: string; digest: string; released: boolean; outlived?: boolean };
}
