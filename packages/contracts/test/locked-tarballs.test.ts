import { describe, expect, it } from '@jest/globals';
import { withTarballs } from '../src/locked-tarballs.mjs';

const REGISTRY = 'https://registry.example.org/npm/';
const locked = { version: '1.2.3', integrity: 'sha512-x' };

describe('a lock with the addresses of its tarballs', () => {
  it.each([
    ['a package', 'node_modules/a', locked, 'a/-/a-1.2.3.tgz'],
    ['one with a scope', 'node_modules/@scope/a', locked, '@scope/a/-/a-1.2.3.tgz'],
    ['one that another wants in another version', 'packages/p/node_modules/a/node_modules/@scope/b', locked, '@scope/b/-/b-1.2.3.tgz'],
    ['one under another name', 'node_modules/a', { ...locked, name: '@scope/real' }, '@scope/real/-/real-1.2.3.tgz'],
  ])('names that of %s', (_what, path, entry, file) => {
    expect(withTarballs({ packages: { [path]: entry } }, () => REGISTRY)).toEqual({
      packages: { [path]: { ...entry, resolved: `https://registry.example.org/npm/${file}` } },
    });
  });
  it.each([
    ['a workspace', { resolved: 'packages/a', link: true }],
    ['a package of the clone', { ...locked, resolved: 'file:a-1.2.3.tgz' }],
    ['one that comes with another', { ...locked, inBundle: true }],
    ['one whose content is not pinned', { version: '1.2.3' }],
  ])('says nothing of %s', (_what, entry) => {
    const lock = { packages: { 'node_modules/a': entry } };
    expect(withTarballs(lock, () => REGISTRY)).toEqual(lock);
  });
  it('asks for each package which registry has it, and leaves to npm what nobody knows', () => {
    const lock = { lockfileVersion: 3, packages: { 'node_modules/@own/a': locked, 'node_modules/b': locked } };
    const registryOf = (name: string): string | undefined => (name === '@own/a' ? 'https://own.example.org' : undefined);
    expect(withTarballs(lock, registryOf)).toEqual({
      lockfileVersion: 3,
      packages: {
        'node_modules/@own/a': { ...locked, resolved: 'https://own.example.org/@own/a/-/a-1.2.3.tgz' },
        'node_modules/b': locked,
      },
    });
  });
});
