import { z } from 'zod';
import { cardNumberSchema } from './card-number.ts';

/** A month as cards have it, to whose end they are good. */
const expirySchema = z.string().regex(/^20\d{2}-(?:0[1-9]|1[0-2])$/, 'expected a month such as 2030-07');

/**
 * What a customer may say of a card. The security code is looked at and forgotten: it is for the one who is asked to pay with the card in hand,
 * and may not be kept (PCI DSS 4.0, requirement 3.3.1.2).
 */
export const NewCard = z.strictObject({
  number: cardNumberSchema,
  expiry: expirySchema.refine((month) => month >= thisMonth(), 'expected a month that is not over'),
  securityCode: z
    .string()
    .regex(/^\d{3,4}$/, 'expected three or four digits')
    .optional(),
});
export type NewCard = z.output<typeof NewCard>;

/** A card, as its owner sees it. */
export const Card = z.object({
  token: z.uuid(),
  lastFour: z.string().length(4),
  expiry: expirySchema,
});
export type Card = z.output<typeof Card>;

export const CardList = z.object({ items: z.array(Card) });
export type CardList = z.output<typeof CardList>;

function thisMonth(): string {
  return new Date().toISOString().slice(0, 'YYYY-MM'.length);
}
