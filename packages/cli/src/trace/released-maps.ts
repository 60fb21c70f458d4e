import { isOciError, type Digest, type RegistryClient } from '@seaworthy/oci';
import { findSourceMaps, SOURCE_MAPS_LIMIT, verifyRelease, type Trust } from '@seaworthy/supply-chain';
import { UserError } from '../errors.ts';
import { readMapArchive } from './map-archive.ts';
import type { SourceMaps } from './shipped-bundle.ts';

/** As every start and every log names one; a tag is the whole of it. */
const SHORT_COMMIT = /^[0-9a-f]{4,39}$/;
const COMMIT = /^[0-9a-f]{40}$/;

/**
 * The source maps of a release: verdict first, then the provenance, which names them, and only then their bytes, which must be those.
 * @param reference a tag (`main`, or a commit, whole or its beginning), or a digest
 * @throws UserError USAGE for an unknown release, FAILED for one without source maps; VerificationError; OciError DIGEST_MISMATCH
 */
export async function releasedMaps(
  { registry, trust }: { registry: RegistryClient; trust: Trust },
  service: string,
  reference: string,
): Promise<SourceMaps> {
  const repository = `release/${service}`;
  const digest = await digestOfRelease(registry, repository, reference);
  // nothing of it is run: that its verdict has become old says nothing against its maps
  await verifyRelease({ registry, trust, repository, digest, maxAgeSeconds: Number.POSITIVE_INFINITY });
  const { maps, commit } = await findSourceMaps({ registry, trust, repository, digest });
  if (maps === undefined) throw withoutMaps(`${repository}@${digest}`);
  const name = `${repository}@${digest.slice(0, 19)}`;
  const files = readMapArchive(await registry.getBlobBytes(repository, maps, SOURCE_MAPS_LIMIT), name);
  return { of: (file) => files.get(file), about: `${name}, verified; its source maps are of commit ${commit.slice(0, 12)}` };
}

async function digestOfRelease(registry: RegistryClient, repository: string, reference: string): Promise<Digest> {
  try {
    const known = SHORT_COMMIT.test(reference) ? await wholeCommit(registry, repository, reference) : reference;
    return (await registry.resolve(repository, known)).digest;
  } catch (cause) {
    if (!isOciError(cause, 'NOT_FOUND') && !isOciError(cause, 'MALFORMED')) throw cause;
    throw unknownRelease(repository, reference, cause);
  }
}

/** A beginning that several have is refused: whose trace it is, nobody can tell. */
async function wholeCommit(registry: RegistryClient, repository: string, beginning: string): Promise<string> {
  const [one, ...others] = (await registry.tags(repository)).filter((tag) => COMMIT.test(tag) && tag.startsWith(beginning));
  if (others.length > 0) throw unknownRelease(repository, `${beginning}, which ${others.length + 1} commits begin with`);
  return one ?? beginning;
}

function unknownRelease(repository: string, found: string, cause?: unknown): UserError {
  return new UserError({
    code: 'USAGE',
    message: `There is no such release of ${repository}`,
    expected: 'main, a commit that was released, or sha256:<digest>',
    found,
    remedy: 'name a service and a release that there are; without a reference FILE comes first: npm run trace -- FILE --release',
    cause,
  });
}

function withoutMaps(name: string): UserError {
  return new UserError({
    code: 'FAILED',
    message: `There are no source maps of ${name}`,
    expected: 'a provenance that names them',
    found: 'one that names none: an earlier pipeline made it',
    remedy: 'check out its commit, npm start, and trace without --release; the next release of the service has them',
  });
}
