import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { InstalledLicences } from '../src/programs/examine/installed.licences.ts';

const LOCK = {
  packages: {
    '': { name: 'root' },
    'node_modules/plain': { version: '1.0.0', license: 'MIT' },
    'node_modules/liar': { version: '1.0.0', license: 'MIT' },
    'node_modules/old': { version: '1.0.0' },
    'node_modules/silent': { version: '1.0.0' },
    'apps/x/node_modules/plain': { version: '2.0.0' },
    'node_modules/alias': { name: 'real', version: '3.0.0' },
  },
};

describe('the licences of the packages of a lockfile', () => {
  let dir: string;
  const write = (path: string, content: object): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), JSON.stringify(content, undefined, 2));
  };
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'licences-'));
    write('source/package-lock.json', LOCK);
    write('deps/node_modules/plain/package.json', { license: 'MIT' });
    write('deps/node_modules/liar/package.json', { license: 'AGPL-3.0-only' });
    write('deps/node_modules/old/package.json', { licenses: [{ type: 'MIT' }, { type: 'GPL-2.0-only' }] });
    write('deps/node_modules/silent/package.json', { license: 7 });
    write('deps/nested/apps/x/node_modules/plain/package.json', { license: { type: 'ISC' } });
    write('deps/node_modules/alias/package.json', { license: '0BSD' });
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  const of = (name: string, version = '1.0.0') => new InstalledLicences(join(dir, 'source'), join(dir, 'deps')).of({ name, version });

  it.each([
    ['plain', '1.0.0', 'MIT'],
    ['plain', '2.0.0', 'ISC'],
    ['old', '1.0.0', 'MIT OR GPL-2.0-only'],
    ['real', '3.0.0', '0BSD'],
  ])('of %s@%s is what the package says: %s', (name, version, licence) => {
    expect(of(name, version)).toMatchObject({ name, version, licence });
  });
  it('is not what the lockfile says, which the change has written', () => expect(of('liar')).toMatchObject({ licence: 'AGPL-3.0-only' }));
  it.each([
    ['that says nothing', 'silent'],
    ['that is not there', 'nobody'],
  ])('is unknown for a package %s', (_what, name) => expect(of(name)).not.toHaveProperty('licence'));
  it('comes with the line of the lockfile', () => expect(of('liar')).toMatchObject({ file: 'package-lock.json', line: 10 }));
});
