import { describe, expect, it } from '@jest/globals';
import { checkPages } from '../../src/docs/pages.ts';

describe('generated pages of docs/reference', () => {
  it('are as the code is: npm run docs update writes them', async () => {
    await expect(checkPages()).resolves.toEqual([]);
  });
});
