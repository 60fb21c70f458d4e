import type { Digest } from '@seaworthy/oci';
import { z } from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected a digest like sha256:<64 hex digits>') as z.ZodType as z.ZodType<Digest>;
const name = /[a-z0-9][a-z0-9-]{0,62}/.source;

export const promotionRequest = z.strictObject({
  repository: z.string().regex(new RegExp(`^staging/${name}$`), 'expected a repository like staging/catalog'),
  digest,
  tag: z.string().regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'expected a tag: a commit, or the hash of a lock'),
});
export type PromotionBody = z.output<typeof promotionRequest>;

export const promotionAddress = z.strictObject({
  image: z.string().regex(new RegExp(`^${name}$`), 'expected the name of an image, without staging/'),
  digest,
});
export type PromotionAddress = z.output<typeof promotionAddress>;
