export type CaErrorCode = 'CLOCK_BEHIND' | 'TRUST_UNSUPPORTED' | 'TRUST_FAILED';

/** The platform's certificate authority, or its place in a trust store, is not as it should be. */
export class CaError extends Error {
  readonly code: CaErrorCode;

  constructor({ code, message, cause }: { code: CaErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'CaError';
    this.code = code;
  }
}
