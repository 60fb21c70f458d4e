import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installDependencies } from '../../bin/dependencies.mjs';
import { REPOSITORY } from '../../src/host/paths.ts';

const PACKAGES = ['wanted', 'other'];

/** The user's npm on two packages of this test, each with an install script that leaves a file; nothing is asked of a registry. */
describe('installing what the lockfile names', () => {
  let clone: string;
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], npm_config_offline: 'true' };
  const npm = (...words: string[]): string => execFileSync('npm', words, { cwd: clone, env, encoding: 'utf8', stdio: 'pipe' });
  const declare = (approved: readonly string[]): void => {
    const dependencies = Object.fromEntries(PACKAGES.map((name) => [name, `file:${name}-1.0.0.tgz`]));
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, dependencies, installScripts: { approved } }));
  };
  const scriptsThatRan = (): string[] => PACKAGES.filter((name) => existsSync(join(clone, 'node_modules', name, 'ran')));

  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    cpSync(join(REPOSITORY, '.npmrc'), join(clone, '.npmrc'));
    for (const name of PACKAGES) {
      mkdirSync(join(clone, name));
      const scripts = { install: "node -e \"require('node:fs').writeFileSync('ran', '')\"" };
      writeFileSync(join(clone, name, 'package.json'), JSON.stringify({ name, version: '1.0.0', scripts }));
      npm('pack', `./${name}`);
    }
    declare([]);
    npm('install', '--package-lock-only');
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  it('runs no script of a package when none is approved', async () => {
    await installDependencies(clone, env);
    expect(existsSync(join(clone, 'node_modules/wanted'))).toBe(true);
    expect(scriptsThatRan()).toEqual([]);
  });

  it('runs those of the packages that are approved by name, and no other', async () => {
    declare(['wanted']);
    await installDependencies(clone, env);
    expect(scriptsThatRan()).toEqual(['wanted']);
  });
});
