import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { OWNER_LABEL, testProject } from '@seaworthy/contracts';
import { engine } from '@seaworthy/testing';
import { measureDevelopment } from '../../src/bench/measure-development.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

jest.setTimeout(300_000);

const PROJECT = testProject('bench', process.pid);

describe('measureDevelopment, on a copy of the working tree', () => {
  let tree: WorkingTree;

  beforeAll(() => {
    // as the bench's own clone does
    tree = new WorkingTree('.seaworthy/copies/bench');
  });
  afterAll(() => tree.remove());

  it('has a value for each save, and leaves nothing changed and nothing that runs', async () => {
    const source = () => readFileSync(join(tree.root, 'apps/catalog/src/products/products.controller.ts'), 'utf8');
    const before = source();
    const figures = await measureDevelopment({ root: tree.root, environment: { SEAWORTHY_PROJECT: PROJECT, NODE_OPTIONS: '' } }, 2);
    expect(figures.map(({ id, values }) => [id, values.length])).toEqual([
      ['reload', 2],
      ['test-watch', 2],
    ]);
    const filters = { label: [`${OWNER_LABEL}=${PROJECT}-development`] };
    expect(source()).toBe(before);
    expect(await engine.listContainers({ all: true, filters })).toEqual([]);
  });
});
