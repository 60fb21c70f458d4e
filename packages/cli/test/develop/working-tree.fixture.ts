import { cpSync, existsSync, globSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const WHAT_IT_HAS = ['apps', 'packages', 'infra', 'package.json', 'package-lock.json', 'tsconfig.json', 'jest.config.mjs', 'compose.yaml'];
const LEFT_OUT = new Set(['node_modules', '.seaworthy', '.turbo']);
/** What the keys of the platform that is released say here. */
export const RELEASE_MARK = 'key-of-the-platform-that-is-released';
const RELEASE_KEYS = [
  'ca/root.key',
  'ca/root.pem',
  'ca/intermediate.key',
  'ca/intermediate.pem',
  'trust/root.pem',
  'secrets/identity/issuer-keys.json',
  'secrets/orders.client-secret',
  'secrets/orders-database-password',
  'secrets/orders-messaging.nkey',
  'secrets/card-keys',
  'secrets/marina.password',
];

/** A copy of the working tree that a test may change: packages and built images are the repository's own. */
export class WorkingTree {
  readonly root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'seaworthy-tree-'));

  /** @param inside where in a folder of its own it lies, such as where another clone keeps its copies */
  constructor(inside = '') {
    this.root = join(this.#folder, inside);
    mkdirSync(this.root, { recursive: true });
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
    // what it brings into the engine is the repository's own to remove, long after this copy is gone
    symlinkSync(join(REPOSITORY, '.seaworthy/loaded-images'), join(this.root, '.seaworthy/loaded-images'));
  }

  /** Puts a marked file in the place of each secret that a platform of this tree would have. */
  keepKeys(): void {
    for (const name of RELEASE_KEYS) {
      const path = join(this.root, '.seaworthy', name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(path, RELEASE_MARK, { mode: 0o600 });
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
