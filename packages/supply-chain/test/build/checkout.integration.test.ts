import { execFileSync } from 'node:child_process';
import { readdir, readFile, realpath, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { checkoutCommit } from '../../src/build/index.ts';
import { temporaryDir } from './temporary-dir.ts';

const lock = (integrity: string) =>
  JSON.stringify({ packages: { 'node_modules/left': { integrity }, 'node_modules/darwin-only': { integrity: 'x', optional: true } } });

/** What npm has linked is of the working tree, and none of it gets into a checkout. */
const OWN = {
  'packages/of-another-commit': {},
  'node_modules/@seaworthy/of-another-commit': { resolved: 'packages/of-another-commit', link: true },
};

const INSTALLED: object = { 'node_modules/left': { integrity: 'sha512-a' } };

async function clone({ installed = INSTALLED } = {}): Promise<string> {
  const dir = await temporaryDir({
    'package.json': '{"workspaces":["packages/*"]}',
    'package-lock.json': lock('sha512-a'),
    'packages/own/package.json': '{"name":"@seaworthy/own"}',
    'packages/own/index.js': 'committed',
    '.gitignore': 'node_modules\n',
    'node_modules/left/index.js': 'left',
    'node_modules/.package-lock.json': JSON.stringify({ packages: { ...installed, ...OWN } }),
    'packages/own/node_modules/nested/index.js': 'nested',
  });
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', dir, '-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args]);
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'first');
  return dir;
}

describe('checkoutCommit', () => {
  describe('when the working tree is dirty', () => {
    it('writes what was committed, with links to the installed packages and to its own', async () => {
      const repoDir = await clone();
      await writeFile(join(repoDir, 'packages/own/index.js'), 'dirty');
      const { dir, commit } = await checkoutCommit({ repoDir, commit: 'HEAD', outDir: join(await temporaryDir(), 'out') });
      expect(commit).toMatch(/^[0-9a-f]{40}$/);
      expect(await readFile(join(dir, 'packages/own/index.js'), 'utf8')).toBe('committed');
      expect(await readFile(join(dir, 'node_modules/left/index.js'), 'utf8')).toBe('left');
      expect(await readFile(join(dir, 'packages/own/node_modules/nested/index.js'), 'utf8')).toBe('nested');
      expect(await realpath(join(dir, 'node_modules/@seaworthy/own'))).toBe(await realpath(join(dir, 'packages/own')));
    });
  });

  describe('when the commit has attributes that hide a file or write it otherwise', () => {
    it('writes the bytes that were committed, all of them, and leaves the clone as it is', async () => {
      const repoDir = await clone();
      const git = (...args: string[]) =>
        execFileSync('git', ['-C', repoDir, '-c', 'user.name=t', '-c', 'user.email=t@example.org', '-c', 'commit.gpgsign=false', ...args]);
      const attributes = [
        'hidden.js export-ignore',
        'wide.js working-tree-encoding=UTF-16LE',
        'filled.js export-subst ident',
        '*.js eol=crlf',
      ];
      const content = '$Format:%H$ $Id$\nx.\n';
      for (const file of ['hidden.js', 'wide.js', 'filled.js']) await writeFile(join(repoDir, file), content);
      git('add', '.');
      await writeFile(join(repoDir, '.gitattributes'), `${attributes.join('\n')}\n`);
      git('add', '.gitattributes');
      git('commit', '-q', '-m', 'second');
      const before = await readdir(join(repoDir, '.git'), { recursive: true });
      const { dir } = await checkoutCommit({ repoDir, commit: 'HEAD', outDir: join(await temporaryDir(), 'out') });
      for (const file of ['hidden.js', 'wide.js', 'filled.js']) expect(await readFile(join(dir, file), 'latin1')).toBe(content);
      expect(await readdir(join(repoDir, '.git'), { recursive: true })).toEqual(before);
    });
  });

  describe('when other packages are installed than the commit locks', () => {
    const left = { integrity: 'sha512-a' };
    it.each([
      ['another one', 'node_modules/left', { 'node_modules/left': { integrity: 'sha512-b' } }],
      ['one from elsewhere', 'node_modules/left', { 'node_modules/left': { ...left, resolved: 'file:left.tgz' } }],
      ['one too many', 'node_modules/left/node_modules/right', { 'node_modules/left': left, 'node_modules/left/node_modules/right': left }],
      ['one too few', 'node_modules/left', {}],
    ])('refuses %s with LOCK_MISMATCH and names it', async (_what, path, installed) => {
      const checkout = checkoutCommit({ repoDir: await clone({ installed }), commit: 'HEAD', outDir: await temporaryDir() });
      await expect(checkout).rejects.toMatchObject({ code: 'LOCK_MISMATCH', message: expect.stringContaining(`${path} the first`) });
    });
  });

  describe.each(['0123456789012345678901234567890123456789', '--output=/tmp/x', 'no-such-branch'])('when asked for %s', (commit) => {
    it('refuses with COMMIT_UNKNOWN', async () => {
      await expect(checkoutCommit({ repoDir: await clone(), commit, outDir: await temporaryDir() })).rejects.toMatchObject({
        code: 'COMMIT_UNKNOWN',
      });
    });
  });
});
