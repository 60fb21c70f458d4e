import type { Digest } from '@seaworthy/oci';
import { z } from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'expected a digest like sha256:<64 hex digits>') as z.ZodType as z.ZodType<Digest>;
const name = /[a-z0-9][a-z0-9-]{0,62}/.source;

export const promotionRequest = z.strictObject({
  repository: z.string().regex(new RegExp(`^staging/${name}$`), 'expected a repository like staging/catalog'),
  digest,
  // nothing else: the registry's list of evidence and the signatures lie under tags as well, sha256-<hex>
  tag: z
    .string()
    .regex(/^(?:[0-9a-f]{12}|[0-9a-f]{40}|[0-9a-f]{64})$/, 'expected a tag of 12, 40 or 64 hexadecimal digits: of a digest, or a commit'),
});
export type PromotionBody = z.output<typeof promotionRequest>;

export const promotionAddress = z.strictObject({
  image: z.string().regex(new RegExp(`^${name}$`), 'expected the name of an image, without staging/'),
  digest,
});
export type PromotionAddress = z.output<typeof promotionAddress>;
