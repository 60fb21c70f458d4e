import { cursorOf } from '@seaworthy/platform';
import { z } from 'zod';

const Position = z.strictObject({ placedAt: z.iso.datetime(), id: z.uuid() });

/** The last order of a page; the next page starts after it. */
export type Position = z.infer<typeof Position>;

export const orderCursor = cursorOf(Position);
