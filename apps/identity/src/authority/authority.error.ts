export type AuthorityErrorCode =
  | 'REQUEST_MALFORMED'
  | 'POSSESSION_UNPROVEN'
  | 'KEY_REFUSED'
  | 'EXTENSION_REFUSED'
  | 'NAME_DENIED'
  | 'AUTHORITY_EXPIRED';

/** A certificate request that this authority does not sign. */
export class AuthorityError extends Error {
  readonly code: AuthorityErrorCode;

  constructor({ code, message, cause }: { code: AuthorityErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'AuthorityError';
    this.code = code;
  }
}
