import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { backoff } from './backoff.ts';
import { guardPolicy } from './guard.policy.ts';

const DRAWS = 50;
const MOST_WAITS = 3;

/** Replicas that lost the same server at the same moment must not all come back at the same moment. */
describe('the wait before the next attempt', () => {
  it.each([
    [1, 100, 200],
    [2, 200, 400],
    [9, 2_500, 5_000],
  ])('doubles up to a bound, and its upper half is chance: %i', (attempt, least, most) => {
    const waits = Array.from({ length: DRAWS }, () => backoff(attempt, { first: 200, longest: 5_000 }));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(least);
    expect(Math.max(...waits)).toBeLessThanOrEqual(most);
    expect(new Set(waits).size).toBeGreaterThan(DRAWS / 4);
  });

  describe('of a guarded call', () => {
    let waits: number[];
    beforeEach(() => {
      waits = [];
      // a clock that notes how long it should have waited, and does not
      jest.spyOn(globalThis, 'setTimeout').mockImplementation(((go: () => void, ms = 0) => {
        waits.push(ms);
        setImmediate(go);
        return { unref: () => undefined };
      }) as never);
    });
    afterEach(() => void jest.restoreAllMocks());

    it('is chance as well, and bounded', async () => {
      for (let call = 0; call < DRAWS; call += 1) {
        const policy = guardPolicy({ retries: { most: MOST_WAITS, when: () => true }, away: () => false, failures: 1, rest: 1_000 });
        await expect(policy.execute(async () => Promise.reject(new Error('away')))).rejects.toThrow('away');
      }
      expect(waits).toHaveLength(DRAWS * MOST_WAITS);
      expect(Math.max(...waits)).toBeLessThanOrEqual(500);
      for (let attempt = 0; attempt < MOST_WAITS; attempt += 1) {
        const ofAttempt = waits.filter((_, index) => index % MOST_WAITS === attempt);
        expect(new Set(ofAttempt.map(Math.round)).size).toBeGreaterThan(DRAWS / 4);
      }
    });
  });
});
