import { describe, expect, it } from '@jest/globals';
import { compareDigests } from '../../src/start/compare-digests.ts';

const [ONE, TWO, OTHER] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`, `sha256:${'f'.repeat(64)}`] as const;
const built = [
  { name: 'catalog', manifestDigest: ONE },
  { name: 'orders', manifestDigest: TWO },
] as const;
const of = (digests: Readonly<Record<string, string>>) => Object.entries(digests).map(([name, digest]) => ({ name, digest }));

describe("the host's build and the pipeline's, of the same commit", () => {
  it('go on when they are the same', () => {
    expect(compareDigests(built, of({ orders: TWO, catalog: ONE }))).toEqual({ catalog: ONE, orders: TWO });
  });

  it.each([
    ['differs', { catalog: ONE, orders: OTHER }, `orders ${OTHER}`],
    ['is missing', { catalog: ONE }, 'orders nothing'],
    ["is another service's", { catalog: ONE, orders: ONE }, `orders ${ONE}`],
  ])('stop the start when a digest %s, and name it', (_what, digests, found) => {
    expect(() => compareDigests(built, of(digests))).toThrow(
      expect.objectContaining({ code: 'NOT_REPRODUCED', expected: `orders ${TWO}`, found }),
    );
  });

  it('name each that differs', () => {
    expect(() => compareDigests(built, of({ catalog: TWO, orders: ONE }))).toThrow(
      expect.objectContaining({ found: `catalog ${TWO}, orders ${ONE}` }),
    );
  });
});
