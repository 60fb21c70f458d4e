import { describe, expect, it } from '@jest/globals';
import { parseReference } from '../../src/deploy/reference.ts';

const DIGEST = `sha256:${'a'.repeat(64)}`;

describe('a reference to deploy', () => {
  it.each([
    ['release/catalog', ['release/catalog', 'main']],
    ['release/catalog:older', ['release/catalog', 'older']],
    [`release/catalog@${DIGEST}`, ['release/catalog', DIGEST]],
  ])('is %s', (text, expected) => {
    expect(parseReference(text)).toEqual(expected);
  });

  it.each([
    ['catalog', 'npm run deploy release/catalog'],
    ['orders:main', 'npm run deploy release/orders'],
    ['candidates/catalog', 'npm run deploy release/catalog'],
    ['release/catalog:main:older', 'npm run deploy release/catalog'],
    ['', 'npm run deploy release/catalog'],
  ])('is not %j, and it is said what to write', (text, remedy) => {
    expect(() => parseReference(text)).toThrow(
      expect.objectContaining({ code: 'USAGE', expected: expect.stringContaining('release/<name>'), found: text, remedy }),
    );
  });
});
