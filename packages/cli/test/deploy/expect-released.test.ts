import { describe, expect, it } from '@jest/globals';
import { expectReleased } from '../../src/deploy/expect-released.ts';

const [ONE, TWO, OTHER] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`, `sha256:${'f'.repeat(64)}`] as const;
const released = new Map([
  ['postgres', { digest: OTHER }],
  ['catalog', { digest: ONE }],
  ['orders', { digest: TWO }],
]);

describe('what was released last', () => {
  it('is deployed where it is what the start is about; of images of stores the start says nothing', () => {
    expect(() => expectReleased(released, { catalog: ONE, orders: TWO, identity: OTHER })).not.toThrow();
  });

  it('is not deployed where a later commit was released since, by name', () => {
    expect(() => expectReleased(released, { catalog: ONE, orders: OTHER })).toThrow(
      expect.objectContaining({ code: 'VERIFICATION_FAILED', expected: `release/orders@${OTHER}`, found: `release/orders@${TWO}` }),
    );
  });
});
