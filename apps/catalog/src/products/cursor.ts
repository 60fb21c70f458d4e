import { cursorOf } from '@seaworthy/platform';
import { z } from 'zod';

const Position = z.strictObject({
  // what PostgreSQL cannot hold is no name of a product
  name: z
    .string()
    .max(200)
    .refine((name) => !name.includes('\0')),
  id: z.uuid(),
});

/** The last product of a page; the next page starts after it. Names are not unique, so the id breaks the tie. */
export type Position = z.infer<typeof Position>;

export const productCursor = cursorOf(Position);
