import { spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from './workspaces.ts';

const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };

/** Each flaw as somebody might write it, with the rule that must see it. */
const FLAWS: readonly (readonly [rule: string, code: string])[] = [
  ['eslint(no-eval)', 'eval(input);'],
  ['security(detect-eval-with-expression)', 'eval(input);'],
  ['eslint(no-new-func)', 'new Function(input)();'],
  ['security(detect-child-process)', 'exec(`ls ${input}`);'],
  ['security(detect-unsafe-regex)', 'console.log(/(a+)+$/.test(input));'],
  ['no-unsanitized(property)', 'element.innerHTML = input;'],
  ['no-unsanitized(method)', 'element.insertAdjacentHTML("beforeend", input);'],
  // by types alone: nothing in the text says what `work` returns
  ['typescript(no-floating-promises)', 'work();'],
];

/** A repository with this one's settings, whose one workspace has all flaws. */
const FILES: Readonly<Record<string, string>> = {
  'package.json': '{ "name": "planted", "private": true, "type": "module", "packageManager": "npm@11.0.0", "workspaces": ["apps/*"] }\n',
  'apps/planted/package.json': '{ "name": "planted-app", "private": true, "type": "module" }\n',
  'apps/planted/src/main.ts': `import { exec } from 'node:child_process';
import 'rolldown';
import '../../../outside.ts';
import { work } from './work.ts';

export function planted(input: any, element: any) {
${FLAWS.map(([, code]) => `  ${code}`).join('\n')}
}
`,
  'apps/planted/src/work.ts': 'export async function work(): Promise<void> {}\n\nexport const nobodyAsks = 1;\n',
  'outside.ts': 'console.log(1);\n',
  'apps/planted/src/nobody-imports.ts': 'console.log(1);\n',
};

interface Ended {
  readonly code: number | null;
  readonly output: string;
}
const NOT_RUN: Ended = { code: null, output: '' };

describe('of a repository with flaws', () => {
  let folder: string;
  let [lint, formatting, unused, boundaries] = [NOT_RUN, NOT_RUN, NOT_RUN, NOT_RUN];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-checks-'));
    for (const name of ['.oxlintrc.json', '.oxfmtrc.json', 'tsconfig.json', 'knip.json', 'turbo.json'])
      copyFileSync(join(ROOT, name), join(folder, name));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const [name, content] of Object.entries(FILES)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content);
    }
    [lint, formatting, unused, boundaries] = await Promise.all([
      run('lint', folder),
      run('formatting', folder),
      run('unused', folder),
      run('boundaries', folder),
    ]);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FLAWS)('the lint refuses a planted %s', (rule) => {
    expect(lint).toMatchObject({ code: 1, output: expect.stringContaining(rule) });
  });

  it('the formatter refuses a file that it would write otherwise, and lets another pass', () => {
    expect(formatting).toMatchObject({ code: 1, output: expect.stringContaining('apps/planted/src/main.ts') });
    expect(formatting.output).not.toContain('apps/planted/src/work.ts');
  });

  it('the look for unused code refuses a file and an export that nobody imports', () => {
    expect(unused.code).toBe(1);
    expect(unused.output).toMatch(/^apps\/planted\/src\/nobody-imports\.ts$/m);
    expect(unused.output).toMatch(/^nobodyAsks +apps\/planted\/src\/work\.ts/m);
  });

  it('the look for undeclared imports refuses a package that the workspace does not name, and a file outside of it', () => {
    expect(boundaries.code).toBe(1);
    expect(boundaries.output).toContain('cannot import package `rolldown` because it is not a dependency');
    expect(boundaries.output).toContain('import `../../../outside.ts` leaves the package');
    expect(boundaries.output).toContain('2 issues found');
  });

  it('npm run check asks the same: boundaries', () => {
    expect(readFileSync(join(ROOT, 'packages/cli/src/quality/checks.ts'), 'utf8')).toContain("words: ['boundaries',");
  });

  it.each(['lint', 'formatting', 'unused'])('npm run check asks the same: %s', (name) => {
    expect(readFileSync(join(ROOT, 'packages/cli/src/quality/checks.ts'), 'utf8')).toContain(`once('//#${name}')`);
  });
});

/** A script of the repository's own package.json, in another folder. */
async function run(script: string, cwd: string): Promise<Ended> {
  const [program = '', ...words] = (scripts[script] ?? '').split(' ');
  const child = spawn(process.execPath, [join(ROOT, 'node_modules/.bin', program), ...words], { cwd });
  const ended = new Promise<number | null>((settle) => child.on('close', settle));
  const [out, error, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, output: `${out}${error}` };
}
