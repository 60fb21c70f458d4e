import type { VerifiedImage } from '@seaworthy/supply-chain';
import type { Admission } from '../platform.ts';

/** Deploy's admission as it must never be: it resolves the tag and believes it. It exists for drills alone, and has to lie to the compiler. */
export const unverifiedAdmission = (): Admission => async (registry, repository, reference) => {
  const manifest = await registry.getImageManifest(repository, reference);
  return { repository, digest: manifest.descriptor.digest, manifest, evidence: [] } as unknown as VerifiedImage;
};
