export type RevocationErrorCode = 'REVOCATIONS_UNREADABLE' | 'REVOCATIONS_UNWRITABLE' | 'REVOCATIONS_FULL';

/** What was revoked is not known for sure, or cannot be kept. */
export class RevocationError extends Error {
  readonly code: RevocationErrorCode;

  constructor({ code, message, cause }: { code: RevocationErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'RevocationError';
    this.code = code;
  }
}
