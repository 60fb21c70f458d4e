import { describe, expect, it } from '@jest/globals';
import { productCursor } from './cursor.ts';

const POSITION = { name: 'Sextant', id: '78c6dfe2-e65f-5851-a5c9-0e7f94793f32' };
const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('cursor', () => {
  it('leads back to the position that it was made from', () => {
    expect(productCursor.decode(productCursor.encode(POSITION))).toEqual(POSITION);
  });

  it('fits into a query as it is', () => {
    expect(productCursor.encode({ ...POSITION, name: 'a+b/c?d=ü' })).toMatch(/^[\w-]+$/);
  });

  describe('when it is not one of ours', () => {
    it.each([
      ['nothing', ''],
      ['no JSON', 'AAAA'],
      ['no object', encode('Sextant')],
      ['an id that is none', encode({ ...POSITION, id: '1' })],
      ['a member more', encode({ ...POSITION, admin: true })],
      ['a name that PostgreSQL cannot hold', encode({ ...POSITION, name: 'a\0b' })],
    ])('refuses %s', (_what, cursor) => {
      expect(() => productCursor.decode(cursor)).toThrow(expect.objectContaining({ code: 'VALIDATION_FAILED' }));
    });
  });
});
