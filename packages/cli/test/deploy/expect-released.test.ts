import { describe, expect, it } from '@jest/globals';
import { expectReleased } from '../../src/deploy/expect-released.ts';

const [ONE, TWO, OTHER] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`, `sha256:${'f'.repeat(64)}`] as const;
const released = new Map([
  ['postgres', { digest: OTHER }],
  ['catalog', { digest: ONE }],
  ['orders', { digest: TWO }],
]);

describe('what was released last', () => {
  it('is deployed where it is what the commit came to; what is not deployed does not matter', () => {
    expect(() => expectReleased(released, { catalog: ONE, orders: TWO, postgres: OTHER, identity: ONE })).not.toThrow();
  });

  it('is not deployed where the image of a store is another than the commit came to', () => {
    expect(() => expectReleased(released, { catalog: ONE, orders: TWO, postgres: ONE })).toThrow(
      expect.objectContaining({ code: 'VERIFICATION_FAILED', expected: `release/postgres@${ONE}`, found: `release/postgres@${OTHER}` }),
    );
  });

  it('is not deployed where a later commit was released since, by name', () => {
    expect(() => expectReleased(released, { catalog: ONE, orders: OTHER })).toThrow(
      expect.objectContaining({ code: 'VERIFICATION_FAILED', expected: `release/orders@${OTHER}`, found: `release/orders@${TWO}` }),
    );
  });
});
