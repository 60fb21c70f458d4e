import { describe, expect, it } from '@jest/globals';
import { differingPackages } from '../src/locked-packages.mjs';

const { arch, platform } = process;
const elsewhere = platform === 'darwin' ? 'linux' : 'darwin';
const zod = { version: '4.6.7', integrity: 'sha512-z' };
const LOCK = {
  packages: {
    '': { version: '0.1.0' },
    'node_modules/zod': zod,
    'node_modules/darwin-only': { version: '1.0.0', integrity: 'sha512-d', optional: true, os: [elsewhere], cpu: [arch] },
    'node_modules/other-processor': { version: '1.0.0', integrity: 'sha512-o', optional: true, os: platform, cpu: 'none' },
    'node_modules/other-library': { version: '1.0.0', integrity: 'sha512-l', optional: true, os: [platform], cpu: [arch], libc: ['none'] },
    'node_modules/not-here': { version: '1.0.0', integrity: 'sha512-h', optional: true, os: [`!${platform}`] },
    'node_modules/needed-by-those': { version: '1.0.0', integrity: 'sha512-e', optional: true },
    'node_modules/native': { version: '1.0.0', integrity: 'sha512-i', optional: true, os: [platform], cpu: arch, libc: ['glibc', 'musl'] },
    'node_modules/npm': { version: '11.0.0', integrity: 'sha512-n' },
    'node_modules/npm/node_modules/chalk': { version: '5.0.0', inBundle: true },
    'node_modules/@own/b': { resolved: 'packages/b', link: true },
    'node_modules/packed': { version: '1.0.0', integrity: 'sha512-p', resolved: 'file:packed-1.0.0.tgz' },
    'packages/b': { version: '0.1.0' },
  },
};
const {
  '': _repository,
  'node_modules/darwin-only': _elsewhere,
  'node_modules/other-processor': _processor,
  'node_modules/other-library': _library,
  'node_modules/not-here': _notHere,
  'node_modules/needed-by-those': _needed,
  ...INSTALLED
} = LOCK.packages;
const differing = (change: object): string[] => differingPackages(LOCK, { packages: { ...INSTALLED, ...change } });

describe('what npm has installed', () => {
  it('is what the lock pins, without what is for other platforms, from whatever registry', () => {
    expect(differing({})).toEqual([]);
    expect(differing({ 'node_modules/zod': { ...zod, resolved: 'https://registry.example.org/zod/-/zod-4.6.7.tgz' } })).toEqual([]);
  });

  const other = 'sha512-other';
  it.each([
    ['the same version with other content', 'node_modules/zod', { ...zod, integrity: other }],
    ['another version', 'node_modules/zod', { ...zod, version: '4.6.8' }],
    ['a file', 'node_modules/zod', { ...zod, resolved: 'file:../workspace/x/evil.tgz' }],
    ['a folder', 'node_modules/zod', { resolved: '../workspace/x', link: true }],
    [
      'a git repository',
      'node_modules/npm/node_modules/chalk',
      { version: '5.0.0', inBundle: true, resolved: 'git+file:///workspace/x#1' },
    ],
    ['one whose content nothing pins', 'node_modules/zod', { version: '4.6.7' }],
    ['one from a registry instead of what comes with another', 'node_modules/npm/node_modules/chalk', { version: '5.0.0' }],
    [
      'another file than the one that the lock names',
      'node_modules/packed',
      { ...INSTALLED['node_modules/packed'], resolved: 'file:evil.tgz' },
    ],
    ['a workspace that lies elsewhere', 'node_modules/@own/b', { resolved: 'packages/c', link: true }],
    ['one for this platform with other content', 'node_modules/darwin-only', { version: '1.0.0', integrity: other, optional: true }],
    ['one that the lock does not know', 'packages/b/node_modules/zod', zod],
    ['one with the name of what every object has', 'constructor', zod],
    ['nothing', 'node_modules/zod', undefined],
    ['nothing, where the lock has what is for this machine', 'node_modules/native', undefined],
  ])('is not: %s', (_what, path, entry) => {
    const { [path as keyof typeof INSTALLED]: _taken, ...rest } = INSTALLED;
    const packages = { ...rest, ...(entry === undefined ? {} : { [path]: entry }) };
    expect(differingPackages(LOCK, { packages })).toEqual([path]);
  });
});
