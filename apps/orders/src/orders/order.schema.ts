import { z } from 'zod';

const MOST_LINES = 20;
const MOST_PIECES = 100;

/** What a customer may say. Strict: owner, status, price and whatever else is not the customer's to choose are refused, not ignored. */
export const NewOrder = z.strictObject({
  lines: z
    .array(z.strictObject({ productId: z.uuid().toLowerCase(), quantity: z.int().min(1).max(MOST_PIECES) }))
    .min(1)
    .max(MOST_LINES)
    .refine((lines) => new Set(lines.map(({ productId }) => productId)).size === lines.length, 'expected each product once'),
  /** what `POST /cards` gave for a card; without one, the order is not paid here */
  cardToken: z.uuid().toLowerCase().optional(),
});
export type NewOrder = z.infer<typeof NewOrder>;

/** Nothing but an address. */
export const NoBody = z.strictObject({}).nullish();

const OrderStatus = z.enum(['placed', 'paying', 'paid', 'declined', 'cancelled']);

/** An order, as its owner sees it. Money is an integer of the currency's smallest unit. */
export const Order = z.object({
  id: z.uuid(),
  status: OrderStatus,
  totalCents: z.int().nonnegative(),
  currency: z.string().length(3),
  placedAt: z.iso.datetime(),
  lines: z.array(z.object({ productId: z.uuid(), name: z.string(), quantity: z.int(), priceCents: z.int() })),
});
export type Order = z.infer<typeof Order>;

export const OrderPage = z.object({
  items: z.array(Order),
  /** put it into `cursor` for the page after this one; null on the last page */
  next: z.string().nullable(),
});
export type OrderPage = z.infer<typeof OrderPage>;

export const OrderQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('orders a page'),
  cursor: z
    .string()
    .regex(/^[\w-]{1,200}$/)
    .optional()
    .describe('`next` of the page before'),
});
export type OrderQuery = z.infer<typeof OrderQuery>;

export const OrderAddress = z.strictObject({ id: z.uuid().toLowerCase() });
export type OrderAddress = z.infer<typeof OrderAddress>;
