import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from './workspaces.ts';

/** Each flaw as somebody might write it, with the rule that must see it. */
const FLAWS: readonly (readonly [rule: string, code: string])[] = [
  ['eslint(no-eval)', 'eval(input);'],
  ['security(detect-eval-with-expression)', 'eval(input);'],
  ['eslint(no-new-func)', 'new Function(input)();'],
  ['security(detect-child-process)', 'exec(`ls ${input}`);'],
  ['security(detect-unsafe-regex)', 'console.log(/(a+)+$/.test(input));'],
  ['no-unsanitized(property)', 'element.innerHTML = input;'],
  ['no-unsanitized(method)', 'element.insertAdjacentHTML("beforeend", input);'],
];

describe('the lint', () => {
  let folder: string;
  let found: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-lint-'));
    const body = FLAWS.map(([, code]) => `  ${code}`).join('\n');
    writeFileSync(
      join(folder, 'planted.js'),
      `import { exec } from 'node:child_process';\nexport function planted(input, element) {\n${body}\n}\n`,
    );
    const words = [join(ROOT, 'node_modules/oxlint/bin/oxlint'), '--config', join(ROOT, '.oxlintrc.json'), folder];
    found = spawnSync(process.execPath, words, { encoding: 'utf8', cwd: ROOT }).stdout;
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FLAWS)('finds a planted %s', (rule) => {
    expect(found).toContain(rule);
  });
});
