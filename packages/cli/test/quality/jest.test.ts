import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { WORKERS } from '../../src/quality/jest.ts';

describe('the workers of jest', () => {
  it.each(['unit', 'integration'] as const)('for %s tests are as many as a small machine bears, as jest itself counts them', (kind) => {
    const shown = execFileSync('node_modules/.bin/jest', ['--showConfig', '--selectProjects', kind, ...WORKERS[kind]], {
      cwd: REPOSITORY,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { globalConfig } = JSON.parse(shown.slice(shown.indexOf('{'))) as { globalConfig: { maxWorkers: number } };
    expect(globalConfig.maxWorkers).toBeGreaterThanOrEqual(2);
    expect(globalConfig.maxWorkers).toBeLessThanOrEqual(2 * availableParallelism());
  });
});
