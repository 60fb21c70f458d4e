import { inspect } from 'node:util';
import { z } from 'zod';

const DIGITS = /^\d{12,19}$/;

/**
 * A card's number that cannot be written down by mistake: as text, as JSON and to `console` it is its last four digits. Who needs all of it says so by
 * {@link reveal}.
 */
export class CardNumber {
  readonly #digits: string;

  /** Undefined unless it is 12 to 19 digits (ISO/IEC 7812-1) whose last one is right (annex B, Luhn). Spaces between them are left out. */
  static parse(text: string): CardNumber | undefined {
    const digits = text.replaceAll(' ', '');
    return DIGITS.test(digits) && luhn(digits) ? new CardNumber(digits) : undefined;
  }

  private constructor(digits: string) {
    this.#digits = digits;
  }

  get lastFour(): string {
    return this.#digits.slice(-4);
  }

  /** All digits: to be sealed, or to be shown to the provider, and for nothing else. */
  reveal(): string {
    return this.#digits;
  }

  toString(): string {
    return `…${this.lastFour}`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

/** From right to left, every second digit counts twice, its own digits summed; all together end with 0. */
function luhn(digits: string): boolean {
  const sum = Array.from(digits)
    .toReversed()
    .reduce((total, digit, index) => {
      const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
      return total + (value > 9 ? value - 9 : value);
    }, 0);
  return sum % 10 === 0;
}

/** What is refused is not repeated: it may be a number with one digit wrong. */
export const cardNumberSchema = z
  .string()
  .max(40)
  .transform((text, context) => {
    const number = CardNumber.parse(text);
    if (number) return number;
    context.addIssue({ code: 'custom', message: 'expected the number of a card' });
    return z.NEVER;
  });
