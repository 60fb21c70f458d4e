// Two kinds of test: `*.test.ts` needs no container and no network; `*.integration.test.ts` meets the real parts in containers.
const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': ['@swc/jest', {
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
      module: { type: 'es6' },
    }],
  },
  modulePathIgnorePatterns: ['<rootDir>/.seaworthy/', '/dist/'],
};

export default {
  projects: [
    { ...shared, displayName: 'unit', testMatch: ['<rootDir>/{apps,packages}/*/{src,test}/**/*.test.ts'], testPathIgnorePatterns: ['\\.integration\\.test\\.ts$'] },
    { ...shared, displayName: 'integration', testMatch: ['<rootDir>/{apps,packages}/*/{src,test}/**/*.integration.test.ts'] },
  ],
};
