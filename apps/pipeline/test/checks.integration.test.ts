import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { checksOf, jestReportFile } from '../src/programs/check/checks.ts';
import { passedTests } from '../src/programs/check/jest.report.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const SETTINGS = ['tsconfig.json', '.oxlintrc.json', '.oxfmtrc.json', 'jest.config.mjs'];
const RUNTIME = 'packages/testing/src/jest';
const WRONG = `export const wrong: number = 'text';\n\nexport const evaluated = eval('1');\n`;
const testOf = (name: string, passes: boolean): string =>
  `import { expect, it } from '@jest/globals';\n\nit('${name}', () => {\n  expect(${passes}).toBe(true);\n});\n`;

describe('the checks of a change', () => {
  let folder: string;
  let source: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-checks-'));
    source = join(folder, 'source');
    mkdirSync(join(folder, 'scratch'));
    for (const workspace of ['apps/one', 'apps/two'])
      write(`${workspace}/package.json`, `{\n  "name": "${workspace}",\n  "type": "module"\n}\n`);
    for (const file of SETTINGS) copyFileSync(join(ROOT, file), join(source, file));
    cpSync(join(ROOT, RUNTIME), join(source, RUNTIME), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(source, 'node_modules'));
    write('apps/one/src/right.ts', 'export const right = 1;\n');
    write('apps/one/test/one.test.ts', testOf('one', true));
    write('apps/two/src/wrong.ts', WRONG);
    write('apps/two/test/two.test.ts', testOf('two', false));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function write(file: string, text: string): void {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    writeFileSync(join(source, file), text);
  }

  const places = () => ({ source, packages: ROOT, scratch: join(folder, 'scratch') });
  const outcome = async (workspaces: readonly string[], names = ['format', 'lint', 'types', 'unit tests']) => {
    const checks = checksOf(places(), workspaces).filter(({ name }) => names.includes(name));
    const ended = await Promise.all(checks.map(async ({ name, run, problems }) => ({ name, problems, finished: await run() })));
    return Object.fromEntries(
      ended.map(({ name, problems, finished }) => [name, finished.code === 0 ? 'passed' : problems(finished).join('\n')]),
    );
  };

  it('find what is wrong in a workspace that was changed', async () => {
    const { lint, types, 'unit tests': unitTests } = await outcome(['apps/two']);
    expect(lint).toContain('apps/two/src/wrong.ts:3');
    expect(types).toMatch(/apps\/two\/src\/wrong\.ts\(1,14\): error TS2322/);
    expect(unitTests).toContain('● two');
    expect(passedTests(jestReportFile(places()))).toBe(0);
  });

  it('leave alone what passed on the same files before', async () => {
    expect(await outcome(['apps/one'])).toEqual({ format: 'passed', lint: 'passed', types: 'passed', 'unit tests': 'passed' });
    expect(passedTests(jestReportFile(places()))).toBe(1);
  });

  it('run what reads the whole repository for every change', async () => {
    write('apps/two/test/all.repository.test.ts', testOf('all', false));
    const { 'unit tests': unitTests, ...others } = await outcome([]);
    expect(unitTests).toContain('● all');
    expect(unitTests).not.toContain('● two');
    expect(others).toEqual({ format: 'passed' });
  });

  it('look outside of workspaces where all are changed', async () => {
    write('wrong.mjs', `export const evaluated = eval('1');\n`);
    const { lint, types } = await outcome(['apps/one', 'apps/two'], ['lint', 'types']);
    expect(lint).toContain('wrong.mjs:1');
    expect(types).toContain('apps/two/src/wrong.ts');
  });
});
