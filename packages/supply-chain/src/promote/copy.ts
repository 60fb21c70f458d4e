import type { Descriptor, RegistryClient, StoredImageManifest } from '@seaworthy/oci';

import type { VerifiedBundle } from './collect-evidence.ts';

/** Makes the image's blobs known in another repository, by mounting where the registry can, and stores its manifest by digest. */
export async function copyImage(registry: RegistryClient, { json, bytes, descriptor }: StoredImageManifest, { from, to }: { from: string; to: string }): Promise<void> {
  for (const blob of [json.config, ...json.layers]) {
    if ((await registry.hasBlob(to, blob.digest)) || (await registry.mountBlob(from, to, blob.digest))) continue;
    const content = await registry.getBlob(from, blob);
    await registry.putBlob(to, { digest: blob.digest, size: blob.size, stream: () => content }, blob.mediaType);
  }
  await registry.putManifest(to, descriptor.digest, bytes, descriptor.mediaType);
}

/** Copies what was verified, and nothing else; the same evidence gives the same artifact, so a second copy adds none. */
export async function copyEvidence(registry: RegistryClient, image: StoredImageManifest, verified: readonly VerifiedBundle[], to: string): Promise<Descriptor[]> {
  const present = new Set((await registry.referrers(to, image.descriptor.digest)).map(({ digest }) => digest));
  const copies: Descriptor[] = [];
  // oldest first, so that the newest is the last that was added, as it was where they come from
  for (const { descriptor, bundle } of verified.toReversed()) {
    const { artifactType = '', annotations } = descriptor;
    if (present.has(descriptor.digest)) {
      copies.push(descriptor);
      continue;
    }
    const bytes = Buffer.from(JSON.stringify(bundle));
    copies.push(await registry.attach(to, image.descriptor, { artifactType, blobs: [{ bytes, mediaType: artifactType }], ...(annotations ? { annotations } : {}) }));
  }
  return copies;
}
