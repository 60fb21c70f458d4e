import { z } from 'zod';

export const CATEGORIES = ['navigation', 'safety', 'rigging', 'deck', 'galley', 'clothing'] as const;

/** A product, as clients see it. Money is an integer of the currency's smallest unit. */
export const Product = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  category: z.enum(CATEGORIES),
  priceCents: z.number().int().nonnegative(),
  currency: z.string().length(3),
});
export type Product = z.infer<typeof Product>;

export const ProductPage = z.object({
  items: z.array(Product),
  /** put it into `cursor` for the page after this one; null on the last page */
  next: z.string().nullable(),
});
export type ProductPage = z.infer<typeof ProductPage>;

/** Text that PostgreSQL can hold and a person could have typed: no control characters, U+0000 first of all. */
const plainText = /^[^\p{Cc}\p{Cs}]*$/u;

export const ProductQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('products a page'),
  cursor: z
    .string()
    .regex(/^[\w-]{1,400}$/)
    .optional()
    .describe('`next` of the page before'),
  search: z.string().trim().min(1).max(80).regex(plainText).optional().describe('words in name or description'),
  category: z.enum(CATEGORIES).optional(),
});
export type ProductQuery = z.infer<typeof ProductQuery>;

export const ProductAddress = z.strictObject({ id: z.uuid() });
export type ProductAddress = z.infer<typeof ProductAddress>;
