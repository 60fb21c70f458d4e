import { z } from 'zod';

export const NewCharge = z.strictObject({
  /** what its caller knows it by */
  reference: z.uuid().toLowerCase(),
  amountCents: z.int().nonnegative().max(100_000_000),
  currency: z.string().regex(/^[A-Z]{3}$/),
  card: z.strictObject({ number: z.string().regex(/^\d{12,19}$/), expiry: z.string().regex(/^20\d{2}-(?:0[1-9]|1[0-2])$/) }),
});
export type NewCharge = z.output<typeof NewCharge>;

export const ChargeAnswer = z.object({
  id: z.string(),
  reference: z.uuid(),
  amountCents: z.int(),
  currency: z.string(),
  lastFour: z.string(),
  status: z.enum(['succeeded', 'declined']),
  reason: z.string().optional(),
});
export type ChargeAnswer = z.output<typeof ChargeAnswer>;

export const ChargeList = z.object({ items: z.array(ChargeAnswer) });
export type ChargeList = z.output<typeof ChargeList>;

export const ChargeQuery = z.strictObject({ reference: z.uuid().toLowerCase() });
export type ChargeQuery = z.output<typeof ChargeQuery>;
