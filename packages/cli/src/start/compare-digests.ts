import type { BuiltService } from '@seaworthy/supply-chain/build';
import { UserError } from '../errors.ts';
import type { Run } from '../platform/pipeline.ts';

type Own = Pick<BuiltService, 'name' | 'manifestDigest'>;

/**
 * The host's build started the platform; the pipeline's build of the same commit must be the same to the last bit.
 * Returns the digests that both have, by service. @throws UserError NOT_REPRODUCED
 */
export function compareDigests(
  built: readonly Own[],
  released: readonly Pick<Run['images'][number], 'name' | 'digest'>[],
): Record<string, string> {
  const theirs = new Map(released.map(({ name, digest }) => [name, digest]));
  const differing = built.filter(({ name, manifestDigest }) => theirs.get(name) !== manifestDigest);
  if (differing.length === 0) return Object.fromEntries(built.map(({ name, manifestDigest }) => [name, manifestDigest]));
  throw new UserError({
    code: 'NOT_REPRODUCED',
    message: 'The pipeline built other images than this machine did, from the same commit',
    expected: differing.map(({ name, manifestDigest }) => `${name} ${manifestDigest}`).join(', '),
    found: differing.map(({ name }) => `${name} ${theirs.get(name) ?? 'nothing'}`).join(', '),
    remedy: 'one of both was tampered with, or a build is not reproducible: compare .seaworthy/services with what lies in staging/',
  });
}
