import type { Descriptor, RegistryClient, StoredImageManifest } from '@seaworthy/oci';

import type { Provenance } from '../attest/predicates.ts';
import { attachSourceMaps, sourceMapsOf } from '../provenance/source-maps.ts';

/** Makes the image's blobs known in another repository, by mounting where the registry can, and stores its manifest by digest. */
export async function copyImage(
  registry: RegistryClient,
  { json, bytes, descriptor }: StoredImageManifest,
  { from, to }: { from: string; to: string },
): Promise<void> {
  for (const blob of [json.config, ...json.layers]) {
    await copyBlob(registry, blob, { from, to });
  }
  await registry.putManifest(to, descriptor.digest, bytes, descriptor.mediaType);
}

/**
 * Makes the source maps known that the provenance names, and no others: what lies beside the image in `from` is not asked. As their digest and
 * size are signed, nothing of them is read here; the same maps give the same artifact, so a second copy adds none.
 */
export async function copySourceMaps(
  registry: RegistryClient,
  image: StoredImageManifest,
  provenance: Provenance | undefined,
  between: { from: string; to: string },
): Promise<void> {
  const maps = provenance && sourceMapsOf(provenance);
  if (maps === undefined) return;
  await copyBlob(registry, maps, between);
  await attachSourceMaps(registry, between.to, image.descriptor, maps);
}

/** Without holding it: mounted where the registry can, else a stream. */
async function copyBlob(registry: RegistryClient, blob: Descriptor, { from, to }: { from: string; to: string }): Promise<void> {
  if (await registry.mountBlob(from, to, blob.digest)) return;
  const content = await registry.getBlob(from, blob);
  await registry.putBlob(to, { digest: blob.digest, size: blob.size, stream: () => content }, blob.mediaType);
}
