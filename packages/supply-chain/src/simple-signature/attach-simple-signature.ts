import { createPublicKey } from 'node:crypto';

import type { Descriptor, Digest, ImageManifest, RegistryClient } from '@seaworthy/oci';
import { digestOf, hexOf, isOciError, MEDIA_TYPES } from '@seaworthy/oci';

import type { SigningKey } from '../attest/signing-key.ts';
import { readSigningKey } from '../attest/signing-key.ts';
import { isSimpleSignature, signSimplePayload, SIMPLE_SIGNING_MEDIA_TYPE, simplePayload } from './payload.ts';

const SIGNATURE = 'dev.cosignproject.cosign/signature';

/**
 * Signs `reference@digest` so that skopeo and podman accept it, and stores it under the tag `sha256-<hex>.sig` where they look.
 * Other signatures under the tag stay; one that this key made already is not made again.
 *
 * @param reference `host:port/repository`, as clients will name the image
 */
export async function attachSimpleSignature(
  registry: RegistryClient,
  { repository, digest, reference, key }: { repository: string; digest: Digest; reference: string; key: SigningKey },
): Promise<Descriptor> {
  const tag = signatureTag(digest);
  const payload = simplePayload(reference, digest);
  const present = await signatureLayers(registry, repository, tag);
  const publicKey = createPublicKey(readSigningKey(key));
  const mine = present.layers.some(
    (layer) => layer.digest === digestOf(payload) && isSimpleSignature(payload, layer.annotations?.[SIGNATURE] ?? '', publicKey),
  );
  if (mine && present.descriptor !== undefined) return present.descriptor;

  const layer = await registry.putBlob(repository, payload, SIMPLE_SIGNING_MEDIA_TYPE);
  const layers = [...present.layers, { ...layer, annotations: { [SIGNATURE]: signSimplePayload(payload, key) } }];
  const config = await registry.putBlob(repository, signatureConfig(layers), MEDIA_TYPES.imageConfig);
  const manifest: ImageManifest = { schemaVersion: 2, mediaType: MEDIA_TYPES.imageManifest, config, layers };
  return registry.putManifest(repository, tag, Buffer.from(JSON.stringify(manifest)), MEDIA_TYPES.imageManifest);
}

/** Where simple signatures of an image lie (cosign's signature specification, "Tag-based discovery"). */
export function signatureTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}.sig`;
}

async function signatureLayers(
  registry: RegistryClient,
  repository: string,
  tag: string,
): Promise<{ layers: Descriptor[]; descriptor?: Descriptor }> {
  try {
    const { json, descriptor } = await registry.getImageManifest(repository, tag);
    return { layers: json.layers, descriptor };
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return { layers: [] };
    throw error;
  }
}

/** Signature readers expect an image's configuration; it says nothing but which payloads there are. */
function signatureConfig(layers: Descriptor[]): Buffer {
  return Buffer.from(
    JSON.stringify({ architecture: '', os: '', config: {}, rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) } }),
  );
}
