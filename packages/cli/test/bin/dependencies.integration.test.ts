import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dependenciesAreInstalled, installDependencies } from '../../bin/dependencies.mjs';
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

const integrityOf = (content: Buffer): string => `sha512-${createHash('sha512').update(content).digest('base64')}`;

/** The user's npm and a registry of this test, which knows one version of one package. */
describe('installing from a registry', () => {
  let clone: string;
  let registry: Server;
  let asked: string[];
  let answers: Readonly<Record<string, string | Buffer>>;
  let tarball: Buffer;
  let address: string;
  const env = (): Record<string, string | undefined> => ({
    PATH: process.env['PATH'],
    HOME: clone,
    npm_config_registry: `${address}npm/`,
    npm_config_fetch_retries: '0',
    npm_config_update_notifier: 'false',
  });
  const declare = (version: string, content: Buffer): void => {
    const dependencies = { '@scope/wanted': version };
    const integrity = integrityOf(content);
    const packages = { '': { dependencies }, 'node_modules/@scope/wanted': { version, integrity } };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, dependencies, installScripts: { approved: [] } }));
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
  };
  const lock = (): string => readFileSync(join(clone, 'package-lock.json'), 'utf8');
  const installed = (): string => readFileSync(join(clone, 'node_modules/@scope/wanted/package.json'), 'utf8');

  beforeEach(async () => {
    clone = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    mkdirSync(join(clone, 'wanted'));
    writeFileSync(join(clone, 'wanted/package.json'), JSON.stringify({ name: '@scope/wanted', version: '1.0.0' }));
    execFileSync('npm', ['pack', './wanted'], { cwd: clone, stdio: 'ignore' });
    tarball = readFileSync(join(clone, 'scope-wanted-1.0.0.tgz'));
    asked = [];
    registry = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(url in answers ? 200 : 404).end(answers[url]);
    });
    await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve));
    address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
    declare('1.0.0', tarball);
  });
  afterEach(() => {
    registry.close();
    rmSync(clone, { recursive: true });
  });

  it('asks for the package, and not first where it is; the lock stays as it is', async () => {
    const before = lock();
    answers = { '/npm/@scope/wanted/-/wanted-1.0.0.tgz': tarball };
    await installDependencies(clone, env());
    expect(asked).toEqual(['/npm/@scope/wanted/-/wanted-1.0.0.tgz']);
    expect(installed()).toContain('1.0.0');
    expect(lock()).toBe(before);
    expect(readdirSync(join(clone, '.seaworthy'))).toEqual([]);
  });

  it('goes by what the registry says, where it keeps its packages elsewhere', async () => {
    const dist = { tarball: `${address}files/1`, integrity: integrityOf(tarball) };
    const versions = { '1.0.0': { name: '@scope/wanted', version: '1.0.0', dist } };
    answers = { '/npm/@scope%2fwanted': JSON.stringify({ name: '@scope/wanted', versions }), '/files/1': tarball };
    await installDependencies(clone, env());
    expect(installed()).toContain('1.0.0');
  });

  it('asks the registry that the user has for a scope', async () => {
    writeFileSync(join(clone, '.npmrc'), `@scope:registry=${address}theirs\n`);
    answers = { '/theirs/@scope/wanted/-/wanted-1.0.0.tgz': tarball };
    await installDependencies(clone, env());
    expect(asked).toEqual(['/theirs/@scope/wanted/-/wanted-1.0.0.tgz']);
  });

  it('leaves what was installed as it is, when it cannot be replaced', async () => {
    answers = { '/npm/@scope/wanted/-/wanted-1.0.0.tgz': tarball };
    await installDependencies(clone, env());
    declare('2.0.0', Buffer.from('2'));
    await expect(installDependencies(clone, env())).rejects.toThrow('the npm registry lacks a package that package-lock.json names');
    expect(installed()).toContain('1.0.0');
    expect(readdirSync(join(clone, '.seaworthy'))).toEqual([]);
  });

  it('takes nothing that is not what the lock pins', async () => {
    answers = { '/npm/@scope/wanted/-/wanted-1.0.0.tgz': Buffer.concat([tarball, Buffer.from('x')]) };
    await expect(installDependencies(clone, env())).rejects.toThrow('a package that differs from the one package-lock.json names');
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });

  it('takes nothing from elsewhere, whatever a package.json wants', async () => {
    writeFileSync(join(clone, 'wanted/package.json'), JSON.stringify({ name: '@scope/wanted', version: '1.0.0', description: 'other' }));
    execFileSync('npm', ['pack', './wanted'], { cwd: clone, stdio: 'ignore' });
    const dependencies = { '@scope/wanted': `file:${join(clone, 'scope-wanted-1.0.0.tgz')}` };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, dependencies, installScripts: { approved: [] } }));
    answers = {};
    await expect(installDependencies(clone, env())).rejects.toThrow(
      /expected npm ci to install what package-lock\.json pins\n {2}found {4}other or missing: node_modules\/@scope\/wanted\n {2}do/,
    );
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });

  it('installs all that the lock pins, whatever the user’s npm leaves out elsewhere', async () => {
    const devDependencies = { '@scope/wanted': '1.0.0' };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, devDependencies, installScripts: { approved: [] } }));
    const packages = {
      '': { devDependencies },
      'node_modules/@scope/wanted': { version: '1.0.0', integrity: integrityOf(tarball), dev: true },
    };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    answers = { '/npm/@scope/wanted/-/wanted-1.0.0.tgz': tarball };
    await installDependencies(clone, { ...env(), NODE_ENV: 'production' });
    expect(installed()).toContain('1.0.0');
  });

  it.each([
    ['leaves out what is optional', { npm_config_omit: 'optional' }],
    ['links no commands', { npm_config_bin_links: 'false' }],
    ['runs on a Node that it is not for', {}],
  ])('installs what is optional and for this machine, where the user’s npm %s', async (_what, settings) => {
    writeFileSync(
      join(clone, 'wanted/package.json'),
      JSON.stringify({ name: '@scope/wanted', version: '1.0.0', bin: { wanted: 'wanted.js' } }),
    );
    writeFileSync(join(clone, 'wanted/wanted.js'), '');
    execFileSync('npm', ['pack', './wanted'], { cwd: clone, stdio: 'ignore' });
    const file = readFileSync(join(clone, 'scope-wanted-1.0.0.tgz'));
    const optionalDependencies = { '@scope/wanted': '1.0.0' };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, optionalDependencies, installScripts: { approved: [] } }));
    const { platform, arch } = process;
    const packages = {
      '': { optionalDependencies },
      'node_modules/@scope/wanted': {
        version: '1.0.0',
        integrity: integrityOf(file),
        optional: true,
        os: [platform],
        cpu: [arch],
        engines: { node: '>=99' },
        bin: { wanted: 'wanted.js' },
      },
    };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    answers = { '/npm/@scope/wanted/-/wanted-1.0.0.tgz': file };
    await installDependencies(clone, { ...env(), ...settings });
    expect(installed()).toContain('1.0.0');
    expect(existsSync(join(clone, 'node_modules/.bin/wanted'))).toBe(true);
    expect(dependenciesAreInstalled(clone)).toBe(true);
  });

  it('links the pinned Node where npm has not', async () => {
    const name = `node-${process.platform}-${process.arch}`;
    mkdirSync(join(clone, 'node/bin'), { recursive: true });
    writeFileSync(join(clone, 'node/package.json'), JSON.stringify({ name, version: '24.0.0' }));
    writeFileSync(join(clone, 'node/bin/node'), 'pinned');
    execFileSync('npm', ['pack', './node'], { cwd: clone, stdio: 'ignore' });
    const file = readFileSync(join(clone, `${name}-24.0.0.tgz`));
    const optionalDependencies = { [name]: '24.0.0' };
    writeFileSync(join(clone, 'package.json'), JSON.stringify({ private: true, optionalDependencies, installScripts: { approved: [] } }));
    const pinned = { version: '24.0.0', integrity: integrityOf(file), optional: true, os: process.platform, cpu: process.arch };
    const packages = { '': { optionalDependencies }, [`node_modules/${name}`]: pinned };
    writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ lockfileVersion: 3, packages }));
    answers = { [`/npm/${name}/-/${name}-24.0.0.tgz`]: file };
    await installDependencies(clone, env());
    expect(readFileSync(join(clone, 'node_modules/.bin/node'), 'utf8')).toBe('pinned');
  });
});
