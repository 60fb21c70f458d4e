import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { CardNumber, cardNumberSchema } from './card-number.ts';

const NUMBER = '4242424242424242';
const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 11, maxLength: 18 }).map((list) => list.join(''));

/** The one digit that makes it a number. */
function complete(body: string): string {
  const last = Array.from({ length: 10 }, (_, digit) => `${body}${digit}`).filter((text) => CardNumber.parse(text) !== undefined);
  if (last.length !== 1) throw new Error(`expected one last digit for ${body}, found ${last.length}`);
  return last[0] ?? '';
}

describe('a card number', () => {
  it.each([NUMBER, '4242 4242 4242 4242', '378282246310005', '6011000990139424', '4000000000000002'])('takes %s', (text) => {
    expect(CardNumber.parse(text)?.reveal()).toBe(text.replaceAll(' ', ''));
  });

  it.each([
    '',
    '4242',
    '4242424242424241',
    '42424242424242424242',
    '4242-4242-4242-4242',
    '٤٢٤٢424242424242',
    '4242424242424242\n',
    '0x42',
    ' ',
  ])('refuses %j', (text) => expect(CardNumber.parse(text)).toBeUndefined());

  it('has one right last digit for whatever goes before it', () => {
    fc.assert(fc.property(digits, (body) => expect(complete(body)).toHaveLength(body.length + 1)));
  });

  it('notices every single wrong digit, which is what Luhn is for', () => {
    fc.assert(
      fc.property(digits, fc.nat(), fc.integer({ min: 1, max: 9 }), (body, position, by) => {
        const number = complete(body);
        const index = position % number.length;
        const wrong = number.slice(0, index) + ((Number(number[index]) + by) % 10) + number.slice(index + 1);
        expect(CardNumber.parse(wrong)).toBeUndefined();
      }),
    );
  });

  it('notices two neighbours that changed places, but for 0 and 9', () => {
    fc.assert(
      fc.property(digits, fc.nat(), (body, position) => {
        const number = complete(body);
        const index = position % (number.length - 1);
        const [one = '', two = ''] = number.slice(index, index + 2);
        fc.pre(one !== two && ![one, two].every((digit) => '09'.includes(digit)));
        expect(CardNumber.parse(number.slice(0, index) + two + one + number.slice(index + 2))).toBeUndefined();
      }),
    );
  });

  it('is written as its last four digits, whoever writes it', () => {
    const number = CardNumber.parse(NUMBER);
    const written = [
      String(number),
      JSON.stringify({ number }),
      inspect(number),
      inspect({ deep: [number] }),
      JSON.stringify(Object.entries(number ?? {})),
    ];
    for (const text of written) expect(text).not.toContain(NUMBER.slice(0, 8));
    expect(written[0]).toBe('…4242');
  });

  it('is not repeated where it is refused', () => {
    const { error } = cardNumberSchema.safeParse('4242424242424241');
    expect(JSON.stringify(error?.issues)).not.toContain('42424242');
  });
});
