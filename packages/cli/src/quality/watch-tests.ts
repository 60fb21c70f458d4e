import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../errors.ts';
import { runCommand } from '../host/command.ts';
import { REPOSITORY } from '../host/paths.ts';
import { toolEnvironment } from './repository-tool.ts';

const WORKSPACES = '{apps,packages}';
const JEST = 'node_modules/jest/bin/jest.js';

interface JestProject {
  readonly displayName: string;
  readonly [option: string]: unknown;
}

/**
 * Runs unit tests of a workspace (of all, without a name) again and again, with the project's own jest configuration. In a terminal: those that have to do
 * with what changed since the last commit, and jest's own keys. Without one: all of them at first and after each change.
 * @returns jest's exit code
 */
export async function watchTests(workspace: string | undefined, text: string | undefined): Promise<number> {
  const own = await watchConfig(testsOf(workspace));
  const words = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', JEST, '--config', JSON.stringify(own)];
  const mode = process.stdin.isTTY ? '--watch' : '--watchAll';
  const pattern = text === undefined ? [] : ['--testPathPatterns', text];
  const { NO_COLOR: _, ...env } = toolEnvironment();
  const { code } = await runCommand(process.execPath, [...words, mode, ...pattern], { cwd: REPOSITORY, env, inherit: true });
  return code;
}

/** What jest.config.mjs says of unit tests, for those that match, as one project of its own. */
export async function watchConfig(testMatch: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  // oxlint-disable-next-line no-unsanitized/method -- a file of this repository
  const { default: config, sandboxed } = (await import(pathToFileURL(join(REPOSITORY, 'jest.config.mjs')).href)) as {
    default: { testTimeout: number; projects: JestProject[] };
    sandboxed: object;
  };
  const unit = config.projects.find(({ displayName }) => displayName === 'unit');
  return {
    // stands beside the projects: jest has it from the whole
    testTimeout: config.testTimeout,
    ...unit,
    ...sandboxed,
    rootDir: REPOSITORY,
    testMatch: testMatch.map((pattern) => `<rootDir>/${pattern}`),
    // of this clone alone: it may lie in the state of another one, as the bench's does
    watchPathIgnorePatterns: ['<rootDir>/.seaworthy/', '/node_modules/'],
  };
}

/** @throws UserError USAGE for a workspace that is not there, or that has no unit test */
function testsOf(workspace: string | undefined): string[] {
  const known = globSync(`${WORKSPACES}/*/package.json`, { cwd: REPOSITORY }).map((file) => basename(join(file, '..')));
  if (workspace !== undefined && !known.includes(workspace)) {
    throw new UserError({
      code: 'USAGE',
      message: `There is no workspace ${workspace}`,
      expected: known.toSorted().join(', '),
      found: workspace,
      remedy: 'npm run test:watch catalog',
    });
  }
  const patterns = [`${WORKSPACES}/${workspace ?? '*'}/{src,test}/**/*.test.ts`];
  const found = globSync(patterns, { cwd: REPOSITORY }).filter((file) => !/\.(?:integration|smoke|slow)\.test\.ts$/.test(file));
  if (found.length > 0) return patterns;
  throw new UserError({
    code: 'USAGE',
    message: `${workspace} has no unit test yet`,
    expected: `a file *.test.ts in its src or test`,
    found: 'none',
    remedy: 'write one beside what it tests, then start again',
  });
}
