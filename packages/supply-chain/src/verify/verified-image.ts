import type { Digest, StoredImageManifest } from '@seaworthy/oci';

import type { VerifiedStatement } from './verify-bundle.ts';

/**
 * An image whose evidence was verified. Only the type leaves this package: `verifyImage` and `verifyRelease` alone make one, so
 * that what takes a VerifiedImage cannot be called with anything else.
 */
export class VerifiedImage {
  /** nominal: no object literal is one */
  protected readonly verified = true;
  readonly repository: string;
  readonly digest: Digest;
  /** what the digest names: the configuration and the layers to fetch */
  readonly manifest: StoredImageManifest;
  readonly evidence: readonly VerifiedStatement[];

  constructor(content: { repository: string; digest: Digest; manifest: StoredImageManifest; evidence: readonly VerifiedStatement[] }) {
    this.repository = content.repository;
    this.digest = content.digest;
    this.manifest = content.manifest;
    this.evidence = content.evidence;
  }
}
