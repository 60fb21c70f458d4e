import { execFileSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { watchConfig } from '../../src/quality/watch-tests.ts';

interface Shown {
  readonly configs: readonly { readonly testMatch: readonly string[] }[];
  readonly globalConfig: { readonly testTimeout: number };
}

describe('npm run test:watch', () => {
  const shown = (...words: string[]): Shown => {
    const text = execFileSync(process.execPath, ['node_modules/jest/bin/jest.js', '--showConfig', ...words], {
      cwd: REPOSITORY,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(text.slice(text.indexOf('{'))) as Shown;
  };

  it('gives a unit test as much time as npm run test:quick does, as jest itself counts', async () => {
    const { configs, globalConfig } = shown('--config', JSON.stringify(await watchConfig(['apps/catalog/test/*.test.ts'])));
    expect(globalConfig.testTimeout).toBe(shown('--selectProjects', 'unit').globalConfig.testTimeout);
    expect(configs.map(({ testMatch }) => testMatch)).toEqual([[`${REPOSITORY}/apps/catalog/test/*.test.ts`]]);
  });
});
