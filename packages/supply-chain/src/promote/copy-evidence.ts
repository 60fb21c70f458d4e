import {
  type Descriptor,
  type Digest,
  digestOf,
  isImageManifest,
  isOciError,
  type RegistryClient,
  type StoredImageManifest,
} from '@seaworthy/oci';

import { bundleArtifact, listedAs } from '../attest/bundle-store.ts';
import { madeAt, type VerifiedBundle } from './collect-evidence.ts';

/**
 * Copies what was verified, and nothing else, each bundle once. What a copy is listed as comes from the statement that was signed: the list that
 * the bundle was found in, whoever writes to `staging/` may write. The same bundle gives the same artifact, and one that is there already stays.
 */
export async function copyEvidence(
  registry: RegistryClient,
  { descriptor: image }: StoredImageManifest,
  verified: readonly VerifiedBundle[],
  to: string,
): Promise<Descriptor[]> {
  const kinds = new Set(verified.map(({ statement }) => statement.predicateType));
  const present = await presentBundles(registry, to, image, kinds);
  const copies = new Map<Digest, Promise<Descriptor>>();
  for (const { bundle, statement } of verified) {
    const { predicateType } = statement;
    const artifact = bundleArtifact(bundle, { predicateType, createdAt: madeAt(statement) });
    const digest = digestOf(artifact.blobs[0].bytes);
    if (copies.has(digest)) continue;
    const known = present.get(`${predicateType} ${digest}`);
    copies.set(digest, known ? Promise.resolve(known) : registry.attach(to, image, artifact));
  }
  return Promise.all(copies.values());
}

/** What is listed already, by its kind and the digest of its bundle: a reader who looks for the kind finds it. */
async function presentBundles(
  registry: RegistryClient,
  repository: string,
  image: Descriptor,
  kinds: ReadonlySet<string>,
): Promise<ReadonlyMap<string, Descriptor>> {
  const listed = await registry.referrers(repository, image.digest);
  const entries = listed.map(async (artifact): Promise<[string, Descriptor][]> => {
    const kind = listedAs(artifact);
    if (kind === undefined || !kinds.has(kind)) return [];
    const digest = await bundleDigest(registry, repository, artifact);
    return digest === undefined ? [] : [[`${kind} ${digest}`, artifact]];
  });
  return new Map((await Promise.all(entries)).flat());
}

/** Undefined when the artifact is gone, or altered: it is stored again then. */
async function bundleDigest(registry: RegistryClient, repository: string, { digest }: Descriptor): Promise<Digest | undefined> {
  try {
    const { json } = await registry.getManifest(repository, digest);
    return isImageManifest(json) ? json.layers[0]?.digest : undefined;
  } catch (error) {
    if (isOciError(error) && error.code !== 'UNREACHABLE' && error.code !== 'DENIED') return undefined;
    throw error;
  }
}
