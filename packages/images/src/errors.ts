export const IMAGE_ERROR_CODES = [
  'DECLARATION_INVALID',
  'LOCK_MISSING',
  'LOCK_STALE',
  'MIRROR_UNKNOWN',
  'MIRROR_UNREACHABLE',
  'KEYRING_MISSING',
  'INDEX_UNTRUSTED',
  'INDEX_EXPIRED',
  'INDEX_OLDER',
  'CLOCK_OFF',
  'PACKAGE_UNRESOLVED',
  'PACKAGE_GONE',
  'PACKAGE_ALTERED',
  'PACKAGE_MALFORMED',
  'NPM_UNAVAILABLE',
  'ARCHIVE_MALFORMED',
  'CONTRACT_VIOLATED',
] as const;
export type ImageErrorCode = (typeof IMAGE_ERROR_CODES)[number];

/** Why an image could not be locked, built or accepted. The code is stable; the message says expected, found, and what to do. */
export class ImageError extends Error {
  readonly code: ImageErrorCode;

  constructor({ code, message, cause }: { code: ImageErrorCode; message: string; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'ImageError';
    this.code = code;
  }
}

/** True for the operating system's own errors by code (`ENOENT` …). */
export function hasSystemCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code;
}
