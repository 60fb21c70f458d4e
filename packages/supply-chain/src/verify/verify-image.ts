import type { StoredImageManifest } from '@seaworthy/oci';
import { isOciError } from '@seaworthy/oci';

import type { EvidenceQuestion, Requirement } from './evidence.ts';
import { asVerificationError, findEvidence } from './evidence.ts';
import { VerifiedImage } from './verified-image.ts';

/**
 * Verifies an image before any of it is fetched: evidence first, then its manifest, by digest. Read are the list of referrers, small
 * manifests and the bundles; never the image's configuration or layers.
 *
 * @returns all valid statements of the kinds required, newest first within each kind; whether what they say is good enough
 *   is the policy's question.
 * @throws VerificationError
 */
export async function verifyImage({
  requirements,
  ...question
}: EvidenceQuestion & { requirements: readonly Requirement[] }): Promise<VerifiedImage> {
  if (requirements.length === 0) throw new TypeError('expected at least one requirement, found none: nothing would be verified');
  const evidence = await findEvidence(question, requirements);
  return new VerifiedImage({ repository: question.repository, digest: question.digest, manifest: await readManifest(question), evidence });
}

export async function readManifest({ registry, repository, digest }: EvidenceQuestion): Promise<StoredImageManifest> {
  return registry.getImageManifest(repository, digest).catch((error: unknown) => {
    throw isOciError(error, 'NOT_FOUND') ? error : asVerificationError(error);
  });
}
