import { describe, expect, it } from '@jest/globals';
import { isoTime } from './iso-time.ts';

describe('isoTime', () => {
  it.each([0, 1, 999, 1_000, 1_795_431_385_033, 1_795_431_385_999, 1_795_431_386_000, 951_782_399_999])(
    'says of %d what Date says',
    (time) => {
      expect(isoTime(time)).toBe(new Date(time).toISOString());
    },
  );
});
