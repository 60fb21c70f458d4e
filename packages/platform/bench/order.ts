import { z } from 'zod';

/** The body of the measured route: what orders takes. */
export const NewOrder = z.strictObject({
  lines: z
    .array(z.strictObject({ productId: z.uuid(), quantity: z.int().min(1).max(100) }))
    .min(1)
    .max(20),
});
export type NewOrder = z.infer<typeof NewOrder>;

export const accept = ({ lines }: NewOrder): { pieces: number } => ({
  pieces: lines.reduce((sum, { quantity }) => sum + quantity, 0),
});
