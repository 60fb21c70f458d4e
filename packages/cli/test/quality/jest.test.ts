import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { REPOSITORY } from '../../src/host/paths.ts';
import { WORKERS } from '../../src/quality/jest.ts';

const JEST = 'node_modules/jest/bin/jest.js';
/** Of a machine with one core, too. */
const MOST = Math.max(3, 2 * availableParallelism());

describe('the workers of jest', () => {
  it.each(['unit', 'integration'] as const)('for %s tests are as many as a small machine bears, as jest itself counts them', (kind) => {
    const shown = execFileSync(process.execPath, [JEST, '--showConfig', '--selectProjects', kind, ...WORKERS[kind]], {
      cwd: REPOSITORY,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { globalConfig } = JSON.parse(shown.slice(shown.indexOf('{'))) as { globalConfig: { maxWorkers: number } };
    expect(globalConfig.maxWorkers).toBeGreaterThanOrEqual(2);
    expect(globalConfig.maxWorkers).toBeLessThanOrEqual(MOST);
  });
});
