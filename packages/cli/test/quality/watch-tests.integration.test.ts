import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RunningCommand } from '../develop/running-command.ts';
import { WorkingTree } from '../develop/working-tree.fixture.ts';

describe('npm run test:watch, without a terminal', () => {
  let tree: WorkingTree;
  beforeAll(() => {
    tree = new WorkingTree();
  });
  afterAll(() => tree.remove());

  describe('when a source is saved', () => {
    it('has run the workspace’s tests once, and runs them again', async () => {
      const command = new RunningCommand(tree.root, ['test', 'watch', 'catalog']);
      await command.says(/^Tests: +\d+ passed/);
      expect(command.output).toContain('cursor.test.ts');
      expect(command.output).not.toContain('packages/');
      const file = join(tree.root, 'apps/catalog/src/products/cursor.ts');
      writeFileSync(file, readFileSync(file, 'utf8').replace("'\\0'", "'\\x01'"));
      await command.says(/^Tests: +1 failed/);
      expect(command.output).toContain('a name that PostgreSQL cannot hold');
      command.interrupt();
      expect(await command.exited).toBe(130);
    });
  });

  describe('when there is nothing to run', () => {
    it.each([
      ['a workspace that nobody has', 'catalogue', /There is no workspace catalogue/],
      ['a workspace without unit tests', 'fresh', /fresh has no unit test yet/],
    ])('names %s, and ends', async (_what, name, message) => {
      mkdirSync(join(tree.root, 'apps/fresh'), { recursive: true });
      writeFileSync(join(tree.root, 'apps/fresh/package.json'), '{"name":"@seaworthy/fresh"}');
      const command = new RunningCommand(tree.root, ['test', 'watch', name]);
      expect(await command.exited).toBe(2);
      expect(command.output).toMatch(message);
    });
  });
});
