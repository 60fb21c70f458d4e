import { RELEASE_TAG, TIER_LABEL, TIERS, type Tier } from '@seaworthy/contracts';
import { isOciError, parseImageConfig, type StoredImageManifest } from '@seaworthy/oci';
import { decide, type ImageFacts, type ImageKind } from '@seaworthy/policy';

import { baseImageOf } from '../provenance/base-image-dependency.ts';
import { isVerificationError } from '../verification-error.ts';
import { verifyRelease } from '../verify/verify-release.ts';
import { checkProvenance, kindOf } from './check-provenance.ts';
import { collectEvidence, type CollectedEvidence, newest } from './collect-evidence.ts';
import { evidenceFacts, scanFactsOf, testFacts } from './evidence-facts.ts';
import type { Judgement, JudgementRequest, PromotionAuthority, PromotionReason } from './promotion.ts';

/** What was found out about a candidate; only an allowed one is promoted. */
export interface Examination {
  judgement: Judgement;
  manifest?: StoredImageManifest;
  evidence: CollectedEvidence;
}

/**
 * Verifies all evidence about a candidate, and judges it by its tier's policy. Reads only; names every reason, not the first.
 * @throws OciError UNREACHABLE or DENIED: without the registry there is no verdict
 */
export async function judge(authority: PromotionAuthority, request: JudgementRequest): Promise<Examination> {
  const image = request.repository.slice(request.repository.indexOf('/') + 1);
  const found = await readImage(authority, request);
  if ('code' in found) return { judgement: refused(image, request, [found]), evidence: { verified: [], refused: [] } };
  const { manifest, tier } = found;
  const evidence = await collectEvidence({ ...authority, ...request });
  const reasons: PromotionReason[] = refusedEvidence(evidence);
  const provenance = newest(evidence.verified, 'provenance')?.predicate;
  const kind = kindOf(provenance);
  reasons.push(...(await checkProvenance(authority, { ...request, image }, evidence)));
  if (!tier)
    reasons.push({
      code: 'TIER_UNKNOWN',
      message: `expected the label ${TIER_LABEL} to be one of ${TIERS.join(', ')}, found none of them`,
    });

  const releasedAs = kind === 'base' ? await releasedKind(authority, image) : undefined;
  const { facts, problems } = factsOf(evidence, { image, kind: kind ?? 'service', releasedAs, now: authority.now ?? new Date() });
  reasons.push(...problems);
  const base = provenance && baseImageOf(provenance);
  if (base) {
    const { problem, ...state } = await examineBase(authority, base, manifest, tier);
    facts.parent = { name: base.name, digest: base.digest, ...state };
    reasons.push(...problem);
  }
  // without a tier, the strictest: the reasons are to be complete, and it is refused anyway
  const verdict = decide(authority.policies, tier ?? 'restricted', facts);
  reasons.push(...verdict.reasons);
  return {
    judgement: { ...verdict, ...refused(image, request, reasons), ...(tier ? { tier } : {}), allowed: reasons.length === 0 },
    manifest,
    evidence,
  };
}

function refused(image: string, { digest }: JudgementRequest, reasons: PromotionReason[]): Judgement {
  return { allowed: false, image, digest, reasons, excused: [] };
}

/** Manifest and configuration, small and read by digest; what was altered in the registry is told apart from what is not there. */
async function readImage(
  { registry }: PromotionAuthority,
  { repository, digest }: JudgementRequest,
): Promise<{ manifest: StoredImageManifest; tier: Tier | undefined } | PromotionReason> {
  try {
    const manifest = await registry.getImageManifest(repository, digest);
    const config = parseImageConfig(await registry.getBlobBytes(repository, manifest.json.config));
    const label = config.config?.Labels?.[TIER_LABEL];
    return { manifest, tier: TIERS.find((tier) => tier === label) };
  } catch (error) {
    if (isOciError(error, 'DIGEST_MISMATCH')) return { code: 'DIGEST_MISMATCH', message: error.message };
    if (!isOciError(error, 'NOT_FOUND') && !isOciError(error, 'MALFORMED')) throw error;
    return {
      code: 'IMAGE_UNKNOWN',
      message: `expected the image ${repository}@${digest} in the registry, found none: ${error.message}; push it first`,
    };
  }
}

/** What does not verify is a reason only where nothing of its kind does: junk beside sound evidence takes nothing from it. */
function refusedEvidence({ verified, refused: failures }: CollectedEvidence): PromotionReason[] {
  const reasons = new Map<string, PromotionReason>();
  for (const { predicate, error } of failures) {
    if (!predicate || predicate === 'verificationSummary' || newest(verified, predicate)) continue;
    reasons.set(`${predicate} ${error.code}`, { code: error.code, message: `${predicate}: ${error.message}` });
  }
  return [...reasons.values()];
}

/** What is released under a name, by the signed word of who built it. Not asked for names that the policy keeps for base images. */
async function releasedKind({ registry, trust, policies }: PromotionAuthority, image: string): Promise<ImageKind | undefined> {
  if (policies.baseImages.includes(image)) return undefined;
  const repository = `release/${image}`;
  try {
    const { digest } = await registry.resolve(repository, RELEASE_TAG);
    const { verified } = await collectEvidence({ registry, trust, repository, digest });
    return kindOf(newest(verified, 'provenance')?.predicate);
  } catch (error) {
    if (isOciError(error, 'NOT_FOUND')) return undefined;
    throw error;
  }
}

function factsOf(
  evidence: CollectedEvidence,
  about: Pick<ImageFacts, 'image' | 'kind' | 'releasedAs' | 'now'>,
): { facts: ImageFacts; problems: PromotionReason[] } {
  const { scans, problems } = scanFactsOf(evidence.verified);
  const tests = testFacts(evidence.verified);
  return { facts: { ...about, evidence: evidenceFacts(evidence.verified), scans, ...(tests ? { tests } : {}) }, problems };
}

async function examineBase(
  { registry, trust, policies, now = new Date() }: PromotionAuthority,
  base: NonNullable<ReturnType<typeof baseImageOf>>,
  manifest: StoredImageManifest,
  tier: Tier = 'restricted',
): Promise<{ released: boolean; outlived?: boolean; problem: PromotionReason[] }> {
  const maxAgeSeconds = policies.tiers[tier].evidenceMaxAgeDays * 86_400;
  try {
    const { manifest: parent } = await verifyRelease({
      registry,
      trust,
      repository: `release/${base.name}`,
      digest: base.digest,
      maxAgeSeconds,
      now,
    });
    const isPrefix = parent.json.layers.every(({ digest }, index) => manifest.json.layers[index]?.digest === digest);
    if (isPrefix) return { released: true, problem: [] };
    const message = `expected the layers of release/${base.name}@${base.digest} under this image, found others; build it on the base image that its provenance names`;
    return { released: true, problem: [{ code: 'PARENT_MISMATCH', message }] };
  } catch (error) {
    // no policy was asked for, so that age alone denies it
    if (isVerificationError(error)) return { released: false, outlived: error.code === 'POLICY_DENIED', problem: [] };
    if (isOciError(error, 'NOT_FOUND')) return { released: false, problem: [] };
    throw error;
  }
}
