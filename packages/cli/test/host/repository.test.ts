import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineRepository } from '../../src/host/findings/repository.ts';
import { answers } from './answers.ts';

describe('examineRepository', () => {
  let folder: string;
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.test', '-c', 'commit.gpgsign=false', ...words], {
      encoding: 'utf8',
    });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-repository-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('refuses a folder that is no repository, with the way to make one', async () => {
    await expect(examineRepository(folder)).resolves.toEqual([
      expect.objectContaining({ code: 'NO_REPOSITORY', remedy: expect.stringContaining('git init') }),
    ]);
  });

  it("refuses a folder inside somebody else's repository", async () => {
    git('init', '--quiet');
    const inner = join(folder, 'inner');
    execFileSync('mkdir', [inner]);
    await expect(examineRepository(inner)).resolves.toEqual([expect.objectContaining({ code: 'NO_REPOSITORY' })]);
  });

  it('refuses a repository without a commit', async () => {
    git('init', '--quiet');
    await expect(examineRepository(folder)).resolves.toEqual([expect.objectContaining({ code: 'NO_COMMIT' })]);
  });

  it('refuses a shallow clone, with the way to complete it', async () => {
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '-m', 'first');
    const holes = join(folder, '.git/shallow');
    writeFileSync(holes, git('rev-parse', 'HEAD'));
    await expect(examineRepository(folder)).resolves.toEqual([
      expect.objectContaining({ code: 'NO_REPOSITORY', remedy: expect.stringContaining('git fetch --unshallow') }),
    ]);
    rmSync(holes);
    await expect(examineRepository(folder)).resolves.toContainEqual(expect.objectContaining({ id: 'working-tree', level: 'ok' }));
  });

  it('warns of what is not committed, because only the commit is built', async () => {
    git('init', '--quiet');
    git('commit', '--quiet', '--allow-empty', '-m', 'first');
    await expect(examineRepository(folder)).resolves.toEqual([
      expect.objectContaining({ level: 'ok' }),
      expect.objectContaining({ level: 'ok' }),
    ]);
    writeFileSync(join(folder, 'new.txt'), '');
    const [, tree] = await examineRepository(folder);
    expect(tree).toMatchObject({
      id: 'working-tree',
      level: 'warning',
      found: '1 changed or new file',
      remedy: expect.stringContaining('only commit'),
    });
  });

  it('explains a folder that belongs to another user', async () => {
    const run = answers({ git: { code: 128, stderr: "fatal: detected dubious ownership in repository at '/x'" } });
    await expect(examineRepository('/x', run)).resolves.toEqual([
      expect.objectContaining({ remedy: 'git config --global --add safe.directory /x' }),
    ]);
  });

  it('reads what git says in English, whatever the user’s language is', async () => {
    const languages = new Set<string | undefined>();
    await examineRepository('/x', async (_command, _args, options) => {
      languages.add(options?.env?.['LC_ALL']);
      return { code: 128, stdout: '', stderr: '' };
    });
    expect(languages).toEqual(new Set(['C']));
  });
});
