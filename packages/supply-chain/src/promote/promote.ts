import { ENDPOINTS, RELEASE_TAG } from '@seaworthy/contracts';
import { OciError, type StoredImageManifest } from '@seaworthy/oci';

import { attachBundle } from '../attest/bundle-store.ts';
import { signStatement } from '../attest/sign-statement.ts';
import { attachSimpleSignature } from '../simple-signature/attach-simple-signature.ts';
import { newest } from './collect-evidence.ts';
import { copyEvidence } from './copy-evidence.ts';
import { copyImage, copySourceMaps } from './copy.ts';
import { judge } from './judge.ts';
import type { Promotion, PromotionRequest, SigningAuthority } from './promotion.ts';
import { hasCurrentVerdict, verdictStatement, type VerdictStatement } from './verdict.ts';

const STAGING = /^staging\/[a-z0-9][a-z0-9-]{0,62}$/;

/**
 * Judges a candidate and, when nothing speaks against it, makes it a release: content, source maps, evidence, verdict, simple signature, and
 * the tags last, one after the other, so that what a tag of release/ names is complete and verified. Doing it twice changes nothing.
 *
 * @returns the verdict; a refusal is one, and alters nothing
 * @throws OciError when the registry fails half-way: the next try goes on. Between the two tags the first has moved, and the other has not
 */
export async function promote(authority: SigningAuthority, request: PromotionRequest): Promise<Promotion> {
  if (!STAGING.test(request.repository)) {
    throw new OciError({
      code: 'MALFORMED',
      message: `expected a repository like staging/catalog, found ${request.repository.slice(0, 100)}`,
    });
  }
  const { judgement, manifest, evidence } = await judge(authority, request);
  if (!judgement.allowed || !manifest || !judgement.tier) return judgement;

  const release = `release/${judgement.image}`;
  const between = { from: request.repository, to: release };
  await copyImage(authority.registry, manifest, between);
  await copySourceMaps(authority.registry, manifest, newest(evidence.verified, 'provenance')?.predicate, between);
  const inputs = await copyEvidence(authority.registry, manifest, evidence.verified, release);
  const statement = verdictStatement({ authority, judgement, tier: judgement.tier, inputs, release });
  await Promise.all([attachVerdict(authority, release, manifest, statement), signForContainerTools(authority, release, manifest)]);
  const tags = [request.tag, RELEASE_TAG];
  for (const tag of tags) await authority.registry.putManifest(release, tag, manifest.bytes, manifest.descriptor.mediaType);
  return { ...judgement, released: { repository: release, tags } };
}

async function attachVerdict(
  authority: SigningAuthority,
  release: string,
  { descriptor }: StoredImageManifest,
  statement: VerdictStatement,
): Promise<void> {
  if (await hasCurrentVerdict(authority, { release, digest: descriptor.digest, statement })) return;
  await attachBundle(authority.registry, release, descriptor, signStatement({ ...statement, key: authority.key }));
}

async function signForContainerTools(
  { registry, key }: SigningAuthority,
  repository: string,
  { descriptor }: StoredImageManifest,
): Promise<void> {
  const name = `${ENDPOINTS.registry.host}:${ENDPOINTS.registry.port}`;
  await attachSimpleSignature(registry, { repository, digest: descriptor.digest, reference: `${name}/${repository}`, key });
}
