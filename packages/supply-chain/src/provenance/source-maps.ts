import { basename, join } from 'node:path';
import { isDigest, type Descriptor, type RegistryClient } from '@seaworthy/oci';

import type { Provenance } from '../attest/predicates.ts';

/** Source maps of a service: of the blob, and of the artifact that refers to the image. */
export const SOURCE_MAPS_TYPE = 'application/vnd.seaworthy.source-maps.v1+gzip';

/** The file whose places a stack trace of a service names: its bundle, as it is shipped. */
export const SERVICE_FILE = '/app/service.js';

/** Where the map of a file as it is called in the image lies, beside the bundles of its service. */
export function sourceMapPath(bundleDir: string, file: string): string {
  return join(bundleDir, file === SERVICE_FILE ? '' : join('programs', basename(file)), 'main.js.map');
}

/** As the job that builds a service puts them out, and as its provenance names them. */
export function sourceMapsFile(service: string): string {
  return `${service}.source-maps.json.gz`;
}

/** What they may have at most, compressed; those of the largest service have 2.2 MB. */
export const SOURCE_MAPS_LIMIT = 16 * 1024 * 1024;

/** How a provenance names the source maps that came of a build beside its image (in-toto ResourceDescriptor v1). */
export function sourceMapsByproduct(service: string, { digest, size }: Pick<Descriptor, 'digest' | 'size'>) {
  return {
    name: sourceMapsFile(service),
    mediaType: SOURCE_MAPS_TYPE,
    digest: { sha256: digest.slice('sha256:'.length) },
    annotations: { size },
  };
}

/** The source maps that a provenance names; undefined when it names none, or more than one, or not by digest and size. */
export function sourceMapsOf({ runDetails }: Provenance): Descriptor | undefined {
  const all = (runDetails.byproducts ?? []).filter(({ mediaType }) => mediaType === SOURCE_MAPS_TYPE);
  const [named] = all;
  const digest = `sha256:${named?.digest?.['sha256']}`;
  const size = named?.annotations?.['size'];
  if (all.length !== 1 || !isDigest(digest) || !Number.isSafeInteger(size)) return undefined;
  return { mediaType: SOURCE_MAPS_TYPE, digest, size: Number(size) };
}

/** Stores source maps beside their image, or, of a blob that the repository has, only says whose they are. Twice does no more than once. */
export async function attachSourceMaps(
  registry: RegistryClient,
  repository: string,
  subject: Descriptor,
  maps: Buffer | Descriptor,
): Promise<void> {
  const blob = Buffer.isBuffer(maps) ? { bytes: maps, mediaType: SOURCE_MAPS_TYPE } : maps;
  await registry.attach(repository, subject, { artifactType: SOURCE_MAPS_TYPE, blobs: [blob] });
}
