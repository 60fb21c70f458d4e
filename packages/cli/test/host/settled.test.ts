import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { allEnded } from '../../src/host/settled.ts';

describe('allEnded', () => {
  it('answers what each came to, in their order', async () => {
    await expect(allEnded([nextTurn('a'), Promise.resolve(2)])).resolves.toEqual(['a', 2]);
  });

  it('throws what the first in the row met, once all of them have ended', async () => {
    let isEnded = false;
    const slow = nextTurn().then(() => {
      isEnded = true;
      throw new Error('slow');
    });
    await expect(allEnded([slow, Promise.reject(new Error('quick'))])).rejects.toThrow('slow');
    expect(isEnded).toBe(true);
    isEnded = false;
    const sound = nextTurn().then(() => (isEnded = true));
    await expect(allEnded([sound, Promise.reject(new Error('quick'))])).rejects.toThrow('quick');
    expect(isEnded).toBe(true);
  });
});
