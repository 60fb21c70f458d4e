import type { Descriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import type { OciLayout } from '../layout.ts';
import type { StoredImageManifest } from '../manifest.ts';
import type { RegistryClient } from './registry-client.ts';

/** Layout to registry: blobs first, then the manifest that names them, so that the registry never shows half of an image. */
export async function pushLayout(
  registry: RegistryClient,
  layout: OciLayout,
  to: { repository: string; tag: string; reference?: string },
): Promise<Descriptor> {
  const { descriptor, bytes, json } = await layout.manifest(to.reference);
  for (const blob of [...json.layers, json.config]) {
    await registry.putBlob(to.repository, { digest: blob.digest, size: blob.size, stream: () => layout.blobStream(blob) });
  }
  return registry.putManifest(to.repository, to.tag, bytes, descriptor.mediaType);
}

/** Registry to layout, by digest; what the layout has is not read again. */
export async function pullToLayout(
  registry: RegistryClient,
  layout: OciLayout,
  from: { repository: string; digest: Digest },
): Promise<StoredImageManifest> {
  const manifest = await registry.getImageManifest(from.repository, from.digest);
  for (const blob of [manifest.json.config, ...manifest.json.layers]) {
    if (await layout.hasBlob(blob.digest)) continue;
    await layout.writeBlob(await registry.getBlob(from.repository, blob), { mediaType: blob.mediaType, expected: blob });
  }
  await layout.writeBlob(manifest.bytes, { expected: manifest.descriptor });
  await layout.setRef(from.digest, manifest.descriptor);
  return manifest;
}
