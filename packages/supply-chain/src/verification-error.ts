/**
 * Why an image is not trusted. Closed: drills and tests assert it.
 *
 * - `SIGNATURE_MISSING`: nothing that is signed refers to the image.
 * - `SIGNATURE_UNTRUSTED`: signed, but not by a key that is trusted for this (unknown, revoked, of another signer), or altered after signing.
 * - `SUBJECT_MISMATCH`: well signed, but about another image or another name.
 * - `EVIDENCE_MISSING`: some evidence is there, this kind is not, or not the source maps that it names.
 * - `PREDICATE_MALFORMED`: what was signed cannot be read as what it should be.
 * - `VERDICT_FAILED`: the gatekeeper's own latest word is that it failed, or it comes from the future.
 * - `POLICY_DENIED`: the verdict is sound, but older than the tier allows or made under another policy.
 * - `DIGEST_MISMATCH`: the registry answered with other bytes than those that the digest names.
 */
export type VerificationErrorCode =
  | 'SIGNATURE_MISSING'
  | 'SIGNATURE_UNTRUSTED'
  | 'SUBJECT_MISMATCH'
  | 'EVIDENCE_MISSING'
  | 'PREDICATE_MALFORMED'
  | 'VERDICT_FAILED'
  | 'POLICY_DENIED'
  | 'DIGEST_MISMATCH';

export class VerificationError extends Error {
  override readonly name = 'VerificationError';
  readonly code: VerificationErrorCode;

  constructor({ code, message, cause }: { code: VerificationErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function isVerificationError(error: unknown, code?: VerificationErrorCode): error is VerificationError {
  return error instanceof VerificationError && (code === undefined || error.code === code);
}
