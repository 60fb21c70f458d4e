import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { passOn } from './globals.ts';
import './typescript.ts';

const require = createRequire(import.meta.url);
// its types are those of its CommonJS form
const { default: JestRuntime } = require('jest-runtime') as typeof import('jest-runtime');
/** What jest-circus keeps on the global object: in a sandbox, each file would have a global object of its own. */
const LEFT_BY_CIRCUS = ['EVENT_HANDLERS', 'TEST_TIMEOUT_SYMBOL'].map((name) => Symbol.for(name));

/**
 * Jest's runtime with Node's module loader in place of jest's own: a module is loaded once in a worker, as in a program, and not once in each
 * file of tests. What a test file gets of jest's (`jest.mock` and the like) is what does not replace modules.
 * See docs/decisions/tests-without-a-sandbox.md.
 */
export default class NodeRuntime extends JestRuntime {
  override unstable_shouldLoadAsEsm(): boolean {
    return true;
  }

  /** jest-circus itself: a fresh copy for each file of tests, since it holds the tests of one. */
  override requireInternalModule<T = unknown>(path: string): T {
    for (const name of LEFT_BY_CIRCUS) Reflect.deleteProperty(globalThis, name);
    delete require.cache[path];
    return require(path) as T;
  }

  /** The file of tests. */
  override async unstable_importModule(path: string): Promise<void> {
    passOn(this.requireModuleOrMock(path, '@jest/globals'));
    // oxlint-disable-next-line no-unsanitized/method -- jest found it
    await import(pathToFileURL(path).href);
  }
}
