import { createHash } from 'node:crypto';

import { OciError } from './error.ts';

/** A content digest; SHA-256 alone is accepted (OCI image-spec 1.1, descriptor.md, "Digests"). */
export type Digest = `sha256:${string}`;

const SHA256_DIGEST = /^sha256:[0-9a-f]{64}$/;

export function isDigest(value: unknown): value is Digest {
  return typeof value === 'string' && SHA256_DIGEST.test(value);
}

/** @throws OciError MALFORMED when `value` is not a SHA-256 digest. */
export function parseDigest(value: unknown): Digest {
  if (isDigest(value)) return value;
  throw new OciError({
    code: 'MALFORMED',
    message: `expected a digest like sha256:<64 hex digits>, found ${JSON.stringify(value)?.slice(0, 100)}`,
  });
}

export function digestOf(bytes: Uint8Array | string): Digest {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The 64 hexadecimal digits of a digest. */
export function hexOf(digest: Digest): string {
  return parseDigest(digest).slice('sha256:'.length);
}
