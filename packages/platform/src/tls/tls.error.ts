export type TlsErrorCode = 'ENROLMENT_REFUSED' | 'ENROLMENT_UNREACHABLE' | 'CHAIN_MISMATCH';

/** A certificate could not be had from the platform's authority. */
export class TlsError extends Error {
  readonly code: TlsErrorCode;

  constructor({ code, message, cause }: { code: TlsErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'TlsError';
    this.code = code;
  }
}
