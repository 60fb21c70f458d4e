import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SWC } from './packages/testing/src/jest/swc.ts';

// the reaper of testcontainers is an image of a public registry; labels do its work
process.env['TESTCONTAINERS_RYUK_DISABLED'] = 'true';

const JEST = join(import.meta.dirname, 'packages/testing/src/jest');

// Four kinds of test: `*.test.ts` needs no container, no network, and no program that takes seconds; `*.integration.test.ts` meets the real
// parts, in containers or as programs (git, bundler, compiler); `*.smoke.test.ts` asks a platform that runs (npm start);
// `*.slow.test.ts` takes many minutes by itself, and only npm run test:all runs it.
// `*.repository.test.ts` is a `*.test.ts` that reads pages for people, or workspaces that its own does not depend on: the pipeline runs it for
// every commit.
const shared = {
  // modules by Node's own loader, not in jest's sandbox: see docs/decisions/tests-without-a-sandbox.md
  runtime: join(JEST, 'node.runtime.ts'),
  testEnvironment: join(JEST, 'node.environment.ts'),
  transform: {},
  modulePathIgnorePatterns: ['<rootDir>/.seaworthy/', '/dist/'],
};
/** In jest's sandbox, which forgets modules: a run that goes on after a change needs them anew. */
export const sandboxed = {
  runtime: undefined,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': [fileURLToPath(import.meta.resolve('@swc/jest')), SWC] },
};
const FOLDERS = '<rootDir>/{apps,packages}/*/{src,test}/**';

export default {
  // a bound for what hangs, not a measure: the machine may be busy with other things
  testTimeout: 300_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [`${FOLDERS}/*.test.ts`],
      testPathIgnorePatterns: ['\\.(integration|smoke|slow)\\.test\\.ts$'],
    },
    { ...shared, displayName: 'integration', testMatch: [`${FOLDERS}/*.integration.test.ts`] },
    { ...shared, displayName: 'smoke', testMatch: [`${FOLDERS}/*.smoke.test.ts`] },
    { ...shared, displayName: 'slow', testMatch: [`${FOLDERS}/*.slow.test.ts`] },
  ],
};
