import { z } from 'zod';

/** A line of the ledger. Of the card it has the last four digits, and no more. */
export const chargeSchema = z.strictObject({
  id: z.string(),
  key: z.string(),
  reference: z.string(),
  amountCents: z.int(),
  currency: z.string(),
  lastFour: z.string(),
  status: z.enum(['succeeded', 'declined']),
  reason: z.string().optional(),
  at: z.iso.datetime(),
});
export type Charge = z.output<typeof chargeSchema>;
