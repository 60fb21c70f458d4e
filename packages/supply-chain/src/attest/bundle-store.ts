import type { Attachment, Descriptor, Digest, RegistryClient } from '@seaworthy/oci';
import { isImageManifest, isOciError, MEDIA_TYPES, OciError } from '@seaworthy/oci';
import { BUNDLE_V03_MEDIA_TYPE } from '@sigstore/bundle';
import type { SerializedBundle } from '@sigstore/bundle';

import { decodeStatement } from './decode-statement.ts';

/** A bundle as it lies in the registry; nothing of it has been verified. */
export type StoredBundle = { descriptor: Descriptor; bundle: unknown } | { descriptor: Descriptor; problem: OciError };

const PREDICATE_TYPE = 'dev.sigstore.bundle.predicateType';
const CONTENT = 'dev.sigstore.bundle.content';
const CREATED = 'org.opencontainers.image.created';

/** cosign lists its own bundles with the type of their empty configuration; which of these is a bundle, its manifest says. */
const ANNOUNCED_TYPES: ReadonlySet<string | undefined> = new Set([BUNDLE_V03_MEDIA_TYPE, MEDIA_TYPES.empty, undefined]);

/**
 * A bill of materials is the largest that there is: of some thousand packages a megabyte. Whoever may write to the repository can add what
 * nobody signed, and reading it takes several times its size: that must fit into the memory of a small service.
 */
const BUNDLE_SIZE_LIMIT = 4 * 1024 * 1024;
/** Newest first; somebody who may write to the repository could add thousands, and reading must end. */
const BUNDLE_COUNT_LIMIT = 256;
const READ_TOGETHER = 4;

/** Stores a bundle beside its subject, where cosign looks for it (cosign's bundle specification, "OCI referrers"). */
export async function attachBundle(
  registry: RegistryClient,
  repository: string,
  subject: Descriptor,
  bundle: SerializedBundle,
): Promise<Descriptor> {
  const { predicateType } = decodeStatement(bundle);
  return registry.attach(repository, subject, bundleArtifact(bundle, { predicateType, createdAt: new Date() }));
}

/** How a bundle is stored: what it is listed as follows from its statement, so that readers who look for its kind find it. */
export function bundleArtifact(
  bundle: unknown,
  { predicateType, createdAt }: { predicateType: string; createdAt?: Date | undefined },
): Attachment & { blobs: [{ bytes: Buffer; mediaType: string }] } {
  return {
    artifactType: BUNDLE_V03_MEDIA_TYPE,
    blobs: [{ bytes: Buffer.from(JSON.stringify(bundle)), mediaType: BUNDLE_V03_MEDIA_TYPE }],
    annotations: {
      ...(createdAt && { [CREATED]: createdAt.toISOString() }),
      [CONTENT]: 'dsse-envelope',
      [PREDICATE_TYPE]: predicateType,
    },
  };
}

/** The kind of evidence that a descriptor of a list says it is; undefined when it is not listed as a bundle of any kind. */
export function listedAs({ artifactType, annotations }: Descriptor): string | undefined {
  return artifactType === BUNDLE_V03_MEDIA_TYPE ? annotations?.[PREDICATE_TYPE] : undefined;
}

/**
 * The bundles that refer to an image, newest first. One that cannot be read is listed with its problem, so that junk beside
 * sound evidence takes nothing from it. A registry that does not answer, or denies, is thrown.
 *
 * @param predicateType leaves out those that say they are about something else. They only say so: verify the statement.
 */
export async function readBundles(
  registry: RegistryClient,
  repository: string,
  digest: Digest,
  predicateType?: string,
): Promise<StoredBundle[]> {
  const stored: StoredBundle[] = [];
  for await (const one of eachBundle(registry, repository, await registry.referrers(repository, digest), predicateType)) stored.push(one);
  return stored;
}

/** As `readBundles`, of a list that was read before, a few at a time: what the reader does not keep is not held. */
export async function* eachBundle(
  registry: RegistryClient,
  repository: string,
  referrers: Descriptor[],
  predicateType?: string,
): AsyncGenerator<StoredBundle> {
  const wanted = referrers.filter(({ artifactType, annotations }) => {
    const announced = annotations?.[PREDICATE_TYPE];
    return ANNOUNCED_TYPES.has(artifactType) && (predicateType === undefined || announced === undefined || announced === predicateType);
  });
  const newest = wanted.toReversed().slice(0, BUNDLE_COUNT_LIMIT);
  for (let from = 0; from < newest.length; from += READ_TOGETHER) {
    const together = newest.slice(from, from + READ_TOGETHER).map(async (descriptor) => readBundle(registry, repository, descriptor));
    yield* (await Promise.all(together)).flat();
  }
}

async function readBundle(registry: RegistryClient, repository: string, descriptor: Descriptor): Promise<StoredBundle[]> {
  try {
    const { json } = await registry.getManifest(repository, descriptor.digest);
    if (descriptor.artifactType !== BUNDLE_V03_MEDIA_TYPE && json.artifactType !== BUNDLE_V03_MEDIA_TYPE) return [];
    const [blob] = isImageManifest(json) ? json.layers : [];
    if (blob === undefined) throw new OciError({ code: 'MALFORMED', message: `expected a bundle in ${descriptor.digest}, found no layer` });
    const bundle: unknown = parse(await registry.getBlobBytes(repository, blob, BUNDLE_SIZE_LIMIT), descriptor);
    return [{ descriptor, bundle }];
  } catch (problem) {
    if (isOciError(problem) && problem.code !== 'UNREACHABLE' && problem.code !== 'DENIED') return [{ descriptor, problem }];
    throw problem;
  }
}

function parse(bytes: Buffer, { digest }: Descriptor): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new OciError({ code: 'MALFORMED', message: `expected a Sigstore bundle in JSON in ${digest}`, cause });
  }
}
