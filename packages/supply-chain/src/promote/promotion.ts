import type { Tier } from '@seaworthy/contracts';
import type { Digest, RegistryClient } from '@seaworthy/oci';
import type { Policies, Reason, ReasonCode, Verdict } from '@seaworthy/policy';

import type { SigningKey } from '../attest/signing-key.ts';
import type { VerificationErrorCode } from '../verification-error.ts';
import type { Trust } from '../verify/trust.ts';

export interface PromotionRequest {
  /** `staging/<name>` */
  repository: string;
  digest: Digest;
  /** what release/<name> will be tagged with, beside the moving tag: the commit that its provenance names, or the first digits of its digest */
  tag: string;
}

/** What is judged; without a tag, as if it were asked for under none. */
export type JudgementRequest = Omit<PromotionRequest, 'tag'> & Partial<Pick<PromotionRequest, 'tag'>>;

export interface PromotionAuthority {
  registry: RegistryClient;
  trust: Trust;
  policies: Policies;
  now?: Date;
}

export interface SigningAuthority extends PromotionAuthority {
  /** the gatekeeper's key */
  key: SigningKey;
}

/**
 * What can be wrong beside the policy's own reasons and those of verification:
 *
 * - `IMAGE_UNKNOWN`: staging/ has no such image.
 * - `IMAGE_NAME_MISMATCH`: the provenance is about an image of another name.
 * - `TAG_MISMATCH`: the tag is neither a commit that signed provenance of this image names, nor the first digits of its digest.
 * - `TIER_UNKNOWN`: the image's configuration names no tier.
 * - `BUILD_TYPE_UNKNOWN`: the provenance is of a kind of build that nobody here does.
 * - `PARENT_MISMATCH`: its layers do not begin with those of the base image that its provenance names.
 */
export type PromotionCode =
  | ReasonCode
  | VerificationErrorCode
  | 'IMAGE_UNKNOWN'
  | 'IMAGE_NAME_MISMATCH'
  | 'TAG_MISMATCH'
  | 'TIER_UNKNOWN'
  | 'BUILD_TYPE_UNKNOWN'
  | 'PARENT_MISMATCH';

export type PromotionReason = Omit<Reason, 'code'> & { code: PromotionCode };

export interface Judgement extends Omit<Verdict, 'reasons'> {
  image: string;
  digest: Digest;
  tier?: Tier;
  reasons: PromotionReason[];
}

export interface Promotion extends Judgement {
  /** where it is now; absent when it was refused */
  released?: { repository: string; tags: string[] };
}
