// Three kinds of test: `*.test.ts` needs no container and no network; `*.integration.test.ts` meets the real parts in containers;
// `*.smoke.test.ts` asks a platform that runs (npm start). `*.repository.test.ts` is a `*.test.ts` that reads pages for people, or workspaces
// that its own does not depend on: the pipeline runs it for every commit.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          keepClassNames: true,
          experimental: { keepImportAttributes: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  modulePathIgnorePatterns: ['<rootDir>/.seaworthy/', '/dist/'],
};
const FOLDERS = '<rootDir>/{apps,packages}/*/{src,test}/**';

export default {
  // a bound for what hangs, not a measure: the machine may be busy with other things
  testTimeout: 300_000,
  // modules of each file stay in a worker's memory after it: collecting them, and forking such a process, takes longer than a new one
  workerIdleMemoryLimit: '300MB',
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: [`${FOLDERS}/*.test.ts`],
      testPathIgnorePatterns: ['\\.(integration|smoke)\\.test\\.ts$'],
    },
    { ...shared, displayName: 'integration', testMatch: [`${FOLDERS}/*.integration.test.ts`] },
    { ...shared, displayName: 'smoke', testMatch: [`${FOLDERS}/*.smoke.test.ts`] },
  ],
};
