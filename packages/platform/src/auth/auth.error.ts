export type AuthErrorCode =
  | 'TOKEN_REFUSED'
  | 'TOKEN_MALFORMED'
  | 'TOKEN_EXPIRED'
  | 'TOKEN_REVOKED'
  | 'TOKEN_UNTRUSTED'
  | 'KEYS_UNREACHABLE';

/** A token was not given, or is not one of ours. */
export class AuthError extends Error {
  readonly code: AuthErrorCode;

  constructor({ code, message, cause }: { code: AuthErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'AuthError';
    this.code = code;
  }
}
