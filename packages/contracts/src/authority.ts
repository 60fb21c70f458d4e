/**
 * An intermediate certificate with less than this left, in milliseconds, is replaced by the next start, and by nothing else: whoever knows of it warns
 * from then on.
 */
export const RENEW_INTERMEDIATE_MS = 30 * 24 * 3600 * 1000;
