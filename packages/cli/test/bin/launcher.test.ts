import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parseSync } from '@swc/core';
import { dependenciesAreInstalled } from '../../bin/dependencies.mjs';
import { npmError } from '../../bin/npm-failure.mjs';
import { networkEnvironment, npmNetwork } from '../../bin/npm-network.mjs';
import { REPOSITORY } from '../../src/host/paths.ts';
import { playedNode } from './played-node.fixture.ts';

/** What runs before there is any package. */
const LAUNCHER = globSync(['packages/cli/bin/*.mjs', 'packages/contracts/src/*.mjs'], { cwd: REPOSITORY });

interface Launched {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** By content: the copy can be written and removed, even where the original cannot. */
function copy(file: string, to: string): void {
  mkdirSync(join(to, dirname(file)), { recursive: true });
  writeFileSync(join(to, file), readFileSync(join(REPOSITORY, file)));
}

describe('the launcher', () => {
  let clone: string;
  beforeEach(() => {
    clone = mkdtempSync(join(tmpdir(), 'seaworthy-clone-'));
    for (const file of ['packages/cli/commands.json', ...LAUNCHER]) copy(file, clone);
    writeFileSync(join(clone, 'package.json'), '{ "installScripts": { "approved": [] } }');
    writeFileSync(
      join(clone, 'package-lock.json'),
      '{ "packages": { "node_modules/a": { "version": "1.0.0", "integrity": "sha512-a" } } }',
    );
  });
  afterEach(() => rmSync(clone, { recursive: true }));

  const launch = (args: string[], env: NodeJS.ProcessEnv = {}, version = '20.0.0'): Launched =>
    spawnSync(process.execPath, [...playedNode(version), join(clone, 'packages/cli/bin/seaworthy.mjs'), ...args], {
      encoding: 'utf8',
      env: { ...process.env, npm_lifecycle_event: 'test', ...env },
    });
  const install = (packages: object = { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' } }): void => {
    mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(clone, 'node_modules/.package-lock.json'), JSON.stringify({ packages }));
  };

  it('answers --help in a fresh clone without installing anything', () => {
    const { status, stdout } = launch(['--help']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/npm run start\s+build, verify and run/);
  });

  it('says that it was interrupted, not that npm failed, and leaves no lock', async () => {
    const [npm, begun] = [join(clone, 'npm-cli.js'), join(clone, 'begun')];
    writeFileSync(
      npm,
      `process.on('SIGINT', () => undefined); // it takes back what it has written, for minutes
       require('node:fs').writeFileSync(${JSON.stringify(begun)}, '');
       setInterval(() => undefined, 1_000);`,
    );
    const child = spawn(process.execPath, [join(clone, 'packages/cli/bin/seaworthy.mjs'), 'start'], {
      env: { ...process.env, npm_execpath: npm },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, ended] = [text(child.stderr), once(child, 'close')];
    while (!existsSync(begun)) await sleep(20);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(await said).toMatch(/• Interrupted: .* picks it up again/);
    expect(await said).not.toContain('expected npm');
    expect(readdirSync(join(clone, '.seaworthy'))).toEqual([]);
  });

  it('says that git is missing', () => {
    expect(launch(['start'], { PATH: '/nonexistent' })).toMatchObject({
      status: 78,
      stderr: expect.stringContaining('expected git on the PATH'),
    });
  });

  it('explains why npm failed, with its own last lines', () => {
    mkdirSync(join(clone, 'fake'));
    const npm = join(clone, 'fake/npm-cli.js');
    writeFileSync(npm, 'console.error("npm error code ENOTFOUND\\nnpm error network request to registry failed"); process.exit(1);');
    const { status, stderr } = launch(['start'], { npm_execpath: npm });
    expect(status).toBe(69);
    expect(stderr).toContain('found    the npm registry does not answer');
    expect(stderr).toContain('│ code ENOTFOUND');
  });

  it('says that the lock cannot be read, and what to do', () => {
    writeFileSync(join(clone, 'package-lock.json'), '<<<<<<< HEAD');
    const { status, stderr } = launch(['start']);
    expect(status).toBe(78);
    expect(stderr).toMatch(/^\n✗ expected package-lock\.json to be JSON\n {2}found {4}.+\n {2}do {7}git status: finish a merge/);
    expect(existsSync(join(clone, '.seaworthy/install.lock'))).toBe(false);
  });

  it('refuses an older Node than the machine needs, with what to do', () => {
    const { status, stdout, stderr } = launch(['--help'], {}, '18.20.8');
    expect(status).toBe(78);
    expect(stdout).toBe('');
    expect(stderr).toBe('\n✗ expected Node 20 or later\n  found    Node 18.20.8\n  do       install Node 20 or later and start again\n');
  });

  describe('once what the lock names is installed', () => {
    beforeEach(() => {
      install();
      mkdirSync(join(clone, 'packages/cli/src'));
      writeFileSync(join(clone, 'packages/cli/src/main.ts'), 'console.log(process.argv.slice(2).join(" ")); process.exit(7);');
    });

    it('hands on arguments and exit code to the pinned Node, whatever Node started it', () => {
      mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
      const pinned = `#!/bin/sh\necho this is the pinned one\nexec '${process.execPath}' "$@"\n`;
      writeFileSync(join(clone, 'node_modules/.bin/node'), pinned, { mode: 0o755 });
      for (const version of ['20.0.0', process.versions.node]) {
        expect(launch(['drill', 'list', '--json'], {}, version)).toMatchObject({
          status: 7,
          stdout: 'this is the pinned one\ndrill list --json\n',
        });
      }
    });

    it('takes the user’s own where none is pinned for the machine, if it is new enough', () => {
      expect(launch(['drill', 'list'], {}, '24.0.0')).toMatchObject({ status: 7, stdout: 'drill list\n' });
      expect(launch(['drill', 'list'])).toMatchObject({ status: 78, stdout: '', stderr: expect.stringContaining('your own is 20.0.0') });
    });
  });

  describe('dependenciesAreInstalled', () => {
    it('is false in a fresh clone', () => {
      expect(dependenciesAreInstalled(clone)).toBe(false);
    });

    it('takes what the user installed with npm', () => {
      install();
      expect(dependenciesAreInstalled(clone)).toBe(true);
    });

    it('does not take another version, nor the same with other content', () => {
      install({ 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } });
      expect(dependenciesAreInstalled(clone)).toBe(false);
      install({ 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } });
      expect(dependenciesAreInstalled(clone)).toBe(false);
    });

    it('does not take the same from elsewhere, nor what is not locked', () => {
      const a = { version: '1.0.0', integrity: 'sha512-a' };
      install({ 'node_modules/a': { ...a, resolved: 'file:a.tgz' } });
      expect(dependenciesAreInstalled(clone)).toBe(false);
      install({ 'node_modules/a': a, 'node_modules/a/node_modules/b': a });
      expect(dependenciesAreInstalled(clone)).toBe(false);
    });

    it('sees that a workspace is new, which npm has not linked yet', () => {
      const a = { version: '1.0.0', integrity: 'sha512-a' };
      const workspace = { 'packages/b': { version: '0.1.0' }, 'node_modules/@seaworthy/b': { resolved: 'packages/b', link: true } };
      writeFileSync(join(clone, 'package-lock.json'), JSON.stringify({ packages: { 'node_modules/a': a, ...workspace } }));
      install({ 'node_modules/a': a });
      expect(dependenciesAreInstalled(clone)).toBe(false);
      install({ 'node_modules/a': a, ...workspace });
      expect(dependenciesAreInstalled(clone)).toBe(true);
    });

    it('is false again when the lock changes', () => {
      install();
      expect(dependenciesAreInstalled(clone)).toBe(true);
      writeFileSync(join(clone, 'package-lock.json'), '{ "packages": { "node_modules/b": { "version": "1.0.0" } } }');
      expect(dependenciesAreInstalled(clone)).toBe(false);
    });
  });
});

describe.each(LAUNCHER)('%s', (file) => {
  it('is written in words that Node 20 knows (ECMAScript 2023)', () => {
    const source = readFileSync(join(REPOSITORY, file), 'utf8');
    expect(() => parseSync(source, { syntax: 'ecmascript', target: 'es2023' })).not.toThrow();
  });
});

describe('what npm failed of', () => {
  it.each([
    ['npm error code ENOSPC', 'no space left', 78],
    ['npm error code SELF_SIGNED_CERT_IN_CHAIN', 'cafile', 78],
    ['npm error code CERT_NOT_YET_VALID\nnpm error request failed, reason: certificate is not yet valid', 'set it (timedatectl', 78],
    ['npm error code CERT_HAS_EXPIRED', 'compare the clock with the true time', 78],
    ['npm error code CERT_SIGNATURE_FAILURE', 'cafile', 78],
    ['npm error code E407', 'https-proxy', 78],
    ['npm error code E401', 'npm login', 78],
    ['npm error code EINTEGRITY', 'differs from the one', 69],
    ['npm error code E404', 'lacks a package', 69],
    ['npm error code ECONNREFUSED', 'does not answer', 69],
    ['something new', 'ended with code 1', 78],
  ])('is known of %p, and ends with the code of the table', (output, message, exitCode) => {
    expect(npmError('ci', 1, output)).toMatchObject({ message: expect.stringContaining(message), exitCode });
  });
});

describe('networkEnvironment', () => {
  const fromNpm = {
    npm_lifecycle_event: 'start',
    npm_config_cafile: '/etc/corp.pem',
    npm_config_https_proxy: 'http://proxy.test:3128',
    npm_config_noproxy: 'localhost',
  };

  it('gives Node the proxy and the authority that npm knows', () => {
    expect(networkEnvironment(fromNpm)).toMatchObject({
      NODE_EXTRA_CA_CERTS: '/etc/corp.pem',
      HTTPS_PROXY: 'http://proxy.test:3128',
      NO_PROXY: 'localhost',
      NODE_USE_ENV_PROXY: '1',
    });
  });

  it('leaves alone what the user set', () => {
    expect(networkEnvironment({ ...fromNpm, https_proxy: 'http://mine.test', NODE_EXTRA_CA_CERTS: '/mine.pem' })).toMatchObject({
      NODE_EXTRA_CA_CERTS: '/mine.pem',
      https_proxy: 'http://mine.test',
    });
    expect(networkEnvironment({ ...fromNpm, https_proxy: 'http://mine.test' })).not.toHaveProperty('HTTPS_PROXY');
  });

  it('takes away what lets Node go on without verifying anybody', () => {
    expect(networkEnvironment({ ...fromNpm, NODE_TLS_REJECT_UNAUTHORIZED: '0' })).not.toHaveProperty('NODE_TLS_REJECT_UNAUTHORIZED');
  });

  it('sets nothing where npm knows nothing', () => {
    expect(networkEnvironment({ npm_lifecycle_event: 'start' })).toEqual({ npm_lifecycle_event: 'start' });
  });

  it('reads no credentials', () => {
    const found = npmNetwork({ ...fromNpm, 'npm_config_//registry.test/:_authToken': 'secret', npm_config__auth: 'secret' });
    expect(JSON.stringify(found)).not.toContain('secret');
  });
});
