import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { judgeDeclarations } from '../../src/change/index.ts';

const root = resolve(import.meta.dirname, '../../../..');

it('nothing is wrong with what the repository declares', async () => {
  expect(await judgeDeclarations(root, join(root, 'infra/policies/runtime'))).toEqual([]);
});
