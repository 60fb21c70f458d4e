import type { Descriptor } from './descriptor.ts';
import { isStringMap, MEDIA_TYPES, parseDescriptor } from './descriptor.ts';
import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';
import { OciError } from './error.ts';

/** OCI image-spec 1.1, manifest.md. */
export type ImageManifest = {
  schemaVersion: 2;
  mediaType: string;
  artifactType?: string;
  config: Descriptor;
  layers: Descriptor[];
  subject?: Descriptor;
  annotations?: Record<string, string>;
};

/** OCI image-spec 1.1, image-index.md. */
export type ImageIndex = {
  schemaVersion: 2;
  mediaType: string;
  artifactType?: string;
  manifests: Descriptor[];
  subject?: Descriptor;
  annotations?: Record<string, string>;
};

/** OCI image-spec 1.1, config.md. */
export type ImageConfig = {
  created?: string;
  author?: string;
  architecture: string;
  os: string;
  variant?: string;
  config?: {
    User?: string;
    ExposedPorts?: Record<string, Record<string, never>>;
    Env?: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    Volumes?: Record<string, Record<string, never>>;
    WorkingDir?: string;
    Labels?: Record<string, string>;
    StopSignal?: string;
  };
  rootfs: { type: 'layers'; diff_ids: Digest[] };
  history?: { created?: string; created_by?: string; author?: string; comment?: string; empty_layer?: boolean }[];
};

/** A manifest as it came: the bytes that the digest is about, and what they say. */
export type StoredManifest = { descriptor: Descriptor; bytes: Buffer; json: ImageManifest | ImageIndex };
export type StoredImageManifest = StoredManifest & { json: ImageManifest };

/** OCI distribution-spec 1.1: registries should accept manifests of up to 4 MiB; none larger is read. */
export const MANIFEST_SIZE_LIMIT = 4 * 1024 * 1024;

const MANIFEST_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.imageManifest, MEDIA_TYPES.dockerManifest]);
const INDEX_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.imageIndex, MEDIA_TYPES.dockerManifestList]);

/** Every type of manifest that is read, for `Accept`. */
export const ACCEPTED_MANIFEST_TYPES: readonly string[] = [...MANIFEST_TYPES, ...INDEX_TYPES];

/**
 * @param mediaType what the carrier (registry, layout) says that the bytes are; the document must agree, or
 *   one digest could be read as two different things.
 * @throws OciError MALFORMED
 */
export function parseManifest(bytes: Uint8Array, mediaType: string): ImageManifest | ImageIndex {
  if (MANIFEST_TYPES.has(mediaType)) return parseImageManifest(bytes, mediaType);
  if (INDEX_TYPES.has(mediaType)) return parseIndex(bytes, mediaType);
  throw malformed(`expected one of ${ACCEPTED_MANIFEST_TYPES.join(', ')}, found ${mediaType.slice(0, 100)}`);
}

/** @throws OciError MALFORMED */
export function parseIndex(bytes: Uint8Array, mediaType: string = MEDIA_TYPES.imageIndex): ImageIndex {
  const json = parseJson<ImageIndex & ImageManifest>(bytes, 'index');
  checkCommon(json, mediaType);
  const { manifests } = json;
  if (!Array.isArray(manifests) || json.layers !== undefined || json.config !== undefined) {
    throw malformed('expected manifests, and neither config nor layers, in an index');
  }
  manifests.forEach((manifest, position) => parseDescriptor(manifest, `manifests[${position}]`));
  return { ...json, schemaVersion: 2, mediaType, manifests };
}

export function isImageManifest(json: ImageManifest | ImageIndex): json is ImageManifest {
  return 'config' in json;
}

/** @throws OciError MALFORMED when it is an index. */
export function asImageManifest(stored: StoredManifest): StoredImageManifest {
  if (isImageManifest(stored.json)) return { ...stored, json: stored.json };
  throw malformed(`expected an image manifest at ${stored.descriptor.digest}, found an index: name one platform's image`);
}

/** @throws OciError MALFORMED */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const json = parseJson<ImageConfig>(bytes, 'image configuration');
  const { architecture, os, rootfs } = json;
  if (typeof architecture !== 'string' || typeof os !== 'string' || !Array.isArray(rootfs?.diff_ids) || !rootfs.diff_ids.every(isDigest)) {
    throw malformed('expected architecture, os and rootfs.diff_ids in an image configuration');
  }
  return { ...json, architecture, os, rootfs };
}

function parseImageManifest(bytes: Uint8Array, mediaType: string): ImageManifest {
  const json = parseJson<ImageIndex & ImageManifest>(bytes, 'manifest');
  checkCommon(json, mediaType);
  const { layers } = json;
  if (!Array.isArray(layers) || json.manifests !== undefined) {
    throw malformed('expected config and layers, and no manifests, in an image manifest');
  }
  const config = parseDescriptor(json.config, 'config');
  layers.forEach((layer, position) => parseDescriptor(layer, `layers[${position}]`));
  return { ...json, schemaVersion: 2, mediaType, config, layers };
}

function checkCommon(json: Partial<ImageIndex & ImageManifest>, mediaType: string): void {
  if (json.schemaVersion !== 2)
    throw malformed(`expected schemaVersion 2 in a manifest, found ${JSON.stringify(json.schemaVersion)?.slice(0, 50)}`);
  if (json.mediaType !== undefined && json.mediaType !== mediaType) {
    throw malformed(`expected a manifest of type ${mediaType}, found one that says it is ${JSON.stringify(json.mediaType).slice(0, 100)}`);
  }
  if (json.annotations !== undefined && !isStringMap(json.annotations)) throw malformed('expected annotations of strings in a manifest');
  if (json.subject !== undefined) parseDescriptor(json.subject, 'subject');
}

/** An object of which nothing is known yet: every field may be missing or of another type. */
function parseJson<Hoped>(bytes: Uint8Array, what: string): Partial<Hoped> {
  try {
    const json: Partial<Hoped> | null = JSON.parse(Buffer.from(bytes).toString('utf8'));
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  } catch (cause) {
    throw new OciError({ code: 'MALFORMED', message: `expected a ${what} in JSON, found bytes that are none`, cause });
  }
  throw malformed(`expected a ${what}, found JSON of another kind`);
}

function malformed(message: string): OciError {
  return new OciError({ code: 'MALFORMED', message });
}
