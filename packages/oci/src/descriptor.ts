import type { Digest } from './digest.ts';
import { isDigest } from './digest.ts';
import { OciError } from './error.ts';

/** OCI image-spec 1.1, descriptor.md. */
export type Descriptor = {
  mediaType: string;
  digest: Digest;
  /** bytes */
  size: number;
  annotations?: Record<string, string>;
  artifactType?: string;
  platform?: Platform;
};

export type Platform = { architecture: string; os: string; variant?: string };

export const MEDIA_TYPES = {
  imageManifest: 'application/vnd.oci.image.manifest.v1+json',
  imageIndex: 'application/vnd.oci.image.index.v1+json',
  imageConfig: 'application/vnd.oci.image.config.v1+json',
  layerGzip: 'application/vnd.oci.image.layer.v1.tar+gzip',
  layerTar: 'application/vnd.oci.image.layer.v1.tar',
  empty: 'application/vnd.oci.empty.v1+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
  dockerManifestList: 'application/vnd.docker.distribution.manifest.list.v2+json',
} as const;

/** @throws OciError MALFORMED when `value` is not a descriptor. */
export function parseDescriptor(value: unknown, where: string): Descriptor {
  if (isDescriptor(value)) return value;
  throw new OciError({ code: 'MALFORMED', message: `expected a descriptor (mediaType, digest, size) at ${where}, found something else` });
}

function isDescriptor(value: unknown): value is Descriptor {
  if (typeof value !== 'object' || value === null) return false;
  const { mediaType, digest, size, artifactType, annotations }: { [field in keyof Descriptor]?: unknown } = value;
  return (
    typeof mediaType === 'string' &&
    isDigest(digest) &&
    typeof size === 'number' &&
    Number.isSafeInteger(size) &&
    size >= 0 &&
    (artifactType === undefined || typeof artifactType === 'string') &&
    (annotations === undefined || isStringMap(annotations))
  );
}

export function isStringMap(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((entry) => typeof entry === 'string')
  );
}
