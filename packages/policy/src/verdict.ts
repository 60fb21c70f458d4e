import type { ScanSource } from './facts.ts';

/**
 * Why an image is refused. Closed: callers switch over it.
 *
 * - `EVIDENCE_MISSING`: the tier asks for a kind of evidence, and none that verifies was found.
 * - `EVIDENCE_STALE`: it is older than the tier allows, dated in the future, or not dated at all.
 * - `SIGNER_NOT_ACCEPTED`: it verifies, but its signer may not build this kind of image.
 * - `BUILDER_NOT_ACCEPTED`: the provenance names another builder than the one whose key signed it.
 * - `TESTS_FAILED`: the test results say so.
 * - `CHECK_MISSING`: the tier asks for a check, and the test results of a service do not name it as passed.
 * - `SCAN_UNAVAILABLE`: a source of facts about weaknesses did not answer, and its last answer is too old, or there never was one.
 * - `VULNERABILITY_TOO_SEVERE`: a finding is at or above the tier's limit.
 * - `PARENT_UNKNOWN`: a service whose provenance names no base image.
 * - `PARENT_NOT_RELEASED`: its base image has no valid verdict of its own.
 * - `NAME_TAKEN`: a service under a name that is kept for a base image, or a base image under that of a released service.
 * - `EXCEPTION_EXPIRED`: what would have excused one of the above has ended.
 */
export const REASON_CODES = [
  'EVIDENCE_MISSING',
  'EVIDENCE_STALE',
  'SIGNER_NOT_ACCEPTED',
  'BUILDER_NOT_ACCEPTED',
  'TESTS_FAILED',
  'CHECK_MISSING',
  'SCAN_UNAVAILABLE',
  'VULNERABILITY_TOO_SEVERE',
  'PARENT_UNKNOWN',
  'PARENT_NOT_RELEASED',
  'NAME_TAKEN',
  'EXCEPTION_EXPIRED',
] as const;
export type ReasonCode = (typeof REASON_CODES)[number];

export interface Reason {
  code: ReasonCode;
  /** expected, found, what to do */
  message: string;
  /** what an exception can narrow itself to */
  source?: ScanSource;
  finding?: string;
  everAnswered?: boolean;
}

export interface Verdict {
  allowed: boolean;
  /** why not; empty when allowed */
  reasons: Reason[];
  /** what would have been refused but for an exception */
  excused: { reason: Reason; exception: string; expires: string }[];
}
