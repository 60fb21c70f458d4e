import { z } from 'zod';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** What every message between services of the shop has: CloudEvents 1.0, as its receivers need it. More may be there, and is not read. */
const event = z.object({ specversion: z.literal('1.0'), id: z.uuid() });

/**
 * JetStream's streams of the shop, by who writes to each. Their first part of a subject is the service, their last one the order.
 * `duplicateWindow` is longer than a relay can take from sending to noting that it was sent.
 */
export const SHOP_STREAMS = {
  orders: { name: 'ORDERS', subjects: ['orders.>'], maxAge: 7 * DAY_MS, maxBytes: 256 * 2 ** 20, duplicateWindow: 10 * MINUTE_MS },
  payments: { name: 'PAYMENTS', subjects: ['payments.>'], maxAge: 7 * DAY_MS, maxBytes: 64 * 2 ** 20, duplicateWindow: 10 * MINUTE_MS },
} as const;

/** An order was placed. With a card's token, it is to be paid. Nothing of a card but its token is ever in a message. */
export const orderPlacedSchema = event.extend({
  type: z.literal('order.placed'),
  data: z.object({
    orderId: z.uuid(),
    owner: z.string().min(1).max(64),
    totalCents: z.int().nonnegative(),
    currency: z.string().length(3),
    cardToken: z.uuid().optional(),
  }),
});
export type OrderPlaced = z.output<typeof orderPlacedSchema>;

/** What became of an order's payment. It is final. */
export const paymentEndedSchema = event.extend({
  type: z.enum(['payment.paid', 'payment.declined']),
  data: z.object({ orderId: z.uuid(), paymentId: z.uuid(), outcome: z.enum(['paid', 'declined']) }),
});
export type PaymentEnded = z.output<typeof paymentEndedSchema>;
