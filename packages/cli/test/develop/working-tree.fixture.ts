import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const WHAT_IT_HAS = ['apps', 'packages', 'infra', 'package.json', 'package-lock.json', 'tsconfig.json', 'jest.config.mjs', 'compose.yaml'];
const LEFT_OUT = new Set(['node_modules', '.seaworthy', '.turbo']);

/** A copy of the working tree that a test may change: packages and built images are the repository's own. */
export class WorkingTree {
  readonly root = mkdtempSync(join(tmpdir(), 'seaworthy-tree-'));

  constructor() {
    for (const name of WHAT_IT_HAS) {
      cpSync(join(REPOSITORY, name), join(this.root, name), { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
    }
    for (const folder of ['', ...globSync('{apps,packages}/*', { cwd: REPOSITORY })]) {
      const modules = join(REPOSITORY, folder, 'node_modules');
      if (existsSync(modules)) symlinkSync(modules, join(this.root, folder, 'node_modules'));
    }
    mkdirSync(join(this.root, '.seaworthy'), { mode: 0o700 });
    for (const name of ['cache', 'images']) {
      mkdirSync(join(REPOSITORY, '.seaworthy', name), { recursive: true });
      symlinkSync(join(REPOSITORY, '.seaworthy', name), join(this.root, '.seaworthy', name));
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
