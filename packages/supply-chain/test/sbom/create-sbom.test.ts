import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from '@jest/globals';
import { createSbom, packagesOfSbom } from '../../src/index.ts';

const source = {
  image: 'catalog',
  digest: `sha256:${'5f'.repeat(32)}`,
  os: [
    { name: 'libstdc++6', version: '14.2.0-19', arch: 'amd64', source: 'gcc-14' },
    { name: 'libc6', version: '2.41-12+deb13u1', arch: 'amd64', source: 'glibc' },
    { name: 'passwd', version: '1:4.17.4-2', arch: 'amd64', source: 'passwd' },
  ],
  npm: [
    { name: '@nestjs/core', version: '12.5.1', integrity: `sha512-${Buffer.alloc(64, 1).toString('base64')}`, license: 'MIT' },
    { name: 'pg', version: '8.23.1', license: '(MIT OR Apache-2.0)' },
    { name: 'odd', version: '1.0.0', license: 'SEE LICENSE IN LICENSE.md' },
  ],
} as const;

describe('createSbom', () => {
  describe('when an image has Debian and npm packages', () => {
    it('is valid CycloneDX 1.6, by the schema', async () => {
      const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
      expect(await validator.validate(JSON.stringify(createSbom(source)))).toBeNull();
    });
    it('names each by purl, with the source package and the integrity', () => {
      const { components } = createSbom(source);
      expect(components.map(({ purl }) => purl)).toEqual([
        'pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=trixie&upstream=glibc',
        'pkg:deb/debian/libstdc%2B%2B6@14.2.0-19?arch=amd64&distro=trixie&upstream=gcc-14',
        'pkg:deb/debian/passwd@1%3A4.17.4-2?arch=amd64&distro=trixie',
        'pkg:npm/%40nestjs/core@12.5.1',
        'pkg:npm/odd@1.0.0',
        'pkg:npm/pg@8.23.1',
      ]);
      expect(components[3]).toMatchObject({ group: '@nestjs', name: 'core', hashes: [{ alg: 'SHA-512', content: '01'.repeat(64) }] });
    });
    it('can be read back', () => {
      const { os, npm } = packagesOfSbom(createSbom(source) as never);
      expect(os).toEqual(expect.arrayContaining(source.os.map((entry) => ({ ...entry }))));
      expect(os).toHaveLength(3);
      expect(npm.find(({ name }) => name === '@nestjs/core')).toEqual({
        name: '@nestjs/core',
        version: '12.5.1',
        integrity: source.npm[0].integrity,
      });
    });
  });

  describe('when it is made twice, in another order', () => {
    it('gives the same document', () => {
      const reversed = { ...source, os: [...source.os].toReversed(), npm: [...source.npm].toReversed() };
      expect(JSON.stringify(createSbom(reversed))).toBe(JSON.stringify(createSbom(source)));
    });
  });

  describe('when the digest differs', () => {
    it('has another serial number', () => {
      expect(createSbom({ ...source, digest: `sha256:${'aa'.repeat(32)}` }).serialNumber).not.toBe(createSbom(source).serialNumber);
    });
  });
});
