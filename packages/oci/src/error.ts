/**
 * What can go wrong with content or its registry. Closed: callers switch over it.
 *
 * - `NOT_FOUND`: the registry or layout answered, and has no such thing.
 * - `DENIED`: the identity lacks the right (401 or 403), or a password was asked for by a host that must not have it.
 * - `DIGEST_MISMATCH`: bytes came that are not those that the digest or the size names.
 * - `UNREACHABLE`: no answer, an answer that broke off, or a server that is in trouble (5xx, 429).
 * - `MALFORMED`: an answer, document or name that the specifications do not allow.
 */
export type OciErrorCode = 'NOT_FOUND' | 'DENIED' | 'DIGEST_MISMATCH' | 'UNREACHABLE' | 'MALFORMED';

export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;

  constructor({ code, message, cause }: { code: OciErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function isOciError(error: unknown, code?: OciErrorCode): error is OciError {
  return error instanceof OciError && (code === undefined || error.code === code);
}

/** Undefined where the answer is NOT_FOUND; other errors pass. */
export async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch((error: unknown) => {
    if (isOciError(error, 'NOT_FOUND')) return undefined;
    throw error;
  });
}
