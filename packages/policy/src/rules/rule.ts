import type { ImageFacts } from '../facts.ts';
import type { TierPolicy } from '../tier.policy.ts';
import type { Reason } from '../verdict.ts';

/** One demand of a tier: the reasons against an image, none when it is met. Pure. */
export type Rule = (policy: TierPolicy, facts: ImageFacts) => Reason[];
