import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { ContentCache } from '../src/cache/content.cache.ts';
import { readImageFiles } from '../src/contract/image.files.ts';
import { buildImage, loadImageDeclaration, updateLock, checkLock } from '../src/index.ts';
import type { BuiltImage, LockChange } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import type { TestKey, TestPackage } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';

const DAY = 86_400_000;
const tool = (version: string): TestPackage => ({ name: 'tool', version, depends: 'library (>= 1), unwanted' });
const library: TestPackage = { name: 'library', version: '1.2-1' };

describe('a signed archive', () => {
  let key: TestKey;
  let archive: TestArchive;
  let workspace: Workspace;
  const warnings: string[] = [];

  beforeEach(async () => {
    warnings.length = 0;
    key = await archiveKey();
    archive = await TestArchive.start();
    workspace = await makeWorkspace();
    await archive.publish([tool('1.0-1'), library], { key });
    await workspace.declare('image', 'packages: [tool]\nexclude: { unwanted: it is not wanted here }\n');
  });
  afterEach(async () => {
    await archive.stop();
    await workspace.remove();
  });

  const open = (now?: Date): DebianArchive =>
    new DebianArchive({
      cache: new ContentCache(workspace.cacheDir),
      mirrors: archive.mirrors,
      keyring: [key.public],
      ...(now && { now }),
    });
  const lockOf = async (name = 'image') => loadImageDeclaration(join(workspace.imagesDir, name));
  const update = async (now?: Date): Promise<LockChange> => updateLock(await lockOf(), open(now));
  const build = async (name = 'image'): Promise<BuiltImage> =>
    buildImage({
      ...workspace,
      name,
      arch: 'amd64',
      mirror: archive.mirrors,
      archive: open(),
      onWarning: (message) => warnings.push(message),
    });

  describe('update', () => {
    it('locks the closure by version and hash, without what is excluded, for both architectures', async () => {
      const { changes } = await update();
      expect(changes.map((line) => line.replace(/ sha256.*/, ''))).toEqual([
        '+amd64 library 1.2-1',
        '+amd64 tool 1.0-1',
        '+arm64 library 1.2-1',
        '+arm64 tool 1.0-1',
      ]);
    });

    it('changes nothing the second time, though the index is another', async () => {
      await update();
      const before = await readFile(join(workspace.imagesDir, 'image', 'lock.json'), 'utf8');
      await archive.publish([tool('1.0-1'), library], { key, date: new Date() });
      expect((await update()).changes).toEqual([]);
      expect(await readFile(join(workspace.imagesDir, 'image', 'lock.json'), 'utf8')).toBe(before);
    });

    it('keeps of the indexes the present ones alone, and every package that a lock has named', async () => {
      await update();
      const first = await build();
      const cache = new ContentCache(workspace.cacheDir);
      const packages = first.packages.map(({ sha256 }) => sha256);
      const present = async () => (await readdir(join(workspace.cacheDir, 'sha256'))).filter((name) => !packages.includes(name));
      const before = await present();
      await archive.publish([tool('2.0-1'), library], { key });
      await update();
      expect(await present()).toHaveLength(before.length);
      expect(await present()).not.toEqual(before);
      expect(await Promise.all(packages.map(async (hex) => cache.has(hex)))).toEqual([true, true]);
    });

    describe('when the index is signed by another key', () => {
      it('refuses with INDEX_UNTRUSTED', async () => {
        await archive.publish([tool('1.0-1'), library], { key: await archiveKey() });
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
      });
    });

    describe('when the signed text was altered', () => {
      it('refuses with INDEX_UNTRUSTED', async () => {
        const path = '/debian/dists/trixie/InRelease';
        archive.files.set(path, Buffer.from(archive.files.get(path)!.toString().replace('Origin: Test', 'Origin: Evil')));
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
      });
    });

    describe('when the index is one of another suite', () => {
      it('refuses with INDEX_UNTRUSTED', async () => {
        await archive.publish([tool('1.0-1')], { key, codename: 'bookworm' });
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
      });
    });

    describe('when a list of packages is not what was signed', () => {
      it('refuses with INDEX_UNTRUSTED', async () => {
        for (const path of archive.files.keys()) if (path.includes('by-hash')) archive.files.set(path, Buffer.from('other'));
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
      });
    });

    describe('when the index is past its Valid-Until', () => {
      it('refuses with INDEX_EXPIRED', async () => {
        await archive.publish([tool('1.0-1'), library], {
          key,
          date: new Date(Date.now() - 9 * DAY),
          validUntil: new Date(Date.now() - DAY),
        });
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_EXPIRED' });
      });
    });

    describe("when this machine's clock is behind", () => {
      it('refuses with CLOCK_OFF', async () => {
        await expect(update(new Date(Date.now() - 30 * DAY))).rejects.toMatchObject({ code: 'CLOCK_OFF' });
      });
    });

    describe("when this machine's clock is ahead of the mirror's", () => {
      it('refuses with CLOCK_OFF and not with INDEX_EXPIRED', async () => {
        await archive.publish([tool('1.0-1'), library], { key, validUntil: new Date(Date.now() + DAY) });
        await expect(update(new Date(Date.now() + 5 * DAY))).rejects.toMatchObject({ code: 'CLOCK_OFF' });
      });
    });

    describe('when the index is older than the one that the lock was made from', () => {
      it('refuses with INDEX_OLDER', async () => {
        await update();
        await archive.publish([tool('0.9-1'), library], { key, date: new Date(Date.now() - DAY) });
        await expect(update()).rejects.toMatchObject({ code: 'INDEX_OLDER' });
      });
    });

    describe('when the mirror is down', () => {
      it('refuses with MIRROR_UNREACHABLE', async () => {
        const pending = open();
        await archive.stop();
        await expect(updateLock(await lockOf(), pending)).rejects.toMatchObject({ code: 'MIRROR_UNREACHABLE' });
        archive = await TestArchive.start();
      });
    });

    describe('when a dependency is not in the archive', () => {
      it('refuses with PACKAGE_UNRESOLVED', async () => {
        await archive.publish([tool('1.0-1')], { key });
        await expect(update()).rejects.toMatchObject({ code: 'PACKAGE_UNRESOLVED' });
      });
    });
  });

  describe('check', () => {
    it('passes on a lock that is as the archive says', async () => {
      await update();
      expect((await checkLock(await lockOf(), open())).changes).toEqual([]);
    });

    it('fails with LOCK_STALE on a difference, and names the command that mends it', async () => {
      await update();
      await archive.publish([tool('1.0-2'), library], { key });
      await expect(checkLock(await lockOf(), open())).rejects.toMatchObject({
        code: 'LOCK_STALE',
        message: expect.stringMatching(/npm run images update image[^]*\+amd64 tool 1\.0-2/),
      });
    });
  });

  describe('build', () => {
    it('needs no index, and nothing of the network once the cache has the packages', async () => {
      await update();
      archive.requests.length = 0;
      const first = await build();
      expect(archive.requests.every((path) => path.includes('/pool/'))).toBe(true);
      archive.files.clear();
      const second = await buildImage({
        ...workspace,
        outDir: join(workspace.root, 'elsewhere'),
        name: 'image',
        arch: 'amd64',
        mirror: archive.mirrors,
      });
      expect(second.manifestDigest).toBe(first.manifestDigest);
    });

    it('says which packages it holds, and writes them where scanners look', async () => {
      await update();
      const { layoutDir, packages, lockSource } = await build();
      expect({ lockSource, packages: packages.map(({ name, version }) => `${name} ${version}`) }).toEqual({
        lockSource: 'repository',
        packages: ['library 1.2-1', 'tool 1.0-1'],
      });
      const { files } = await readImageFiles(layoutDir);
      expect(files.get('var/lib/dpkg/status.d/tool')?.data.toString()).toContain('Version: 1.0-1\n');
    });

    it('reuses what was built from the same inputs', async () => {
      await update();
      await build();
      const steps: string[] = [];
      await buildImage({ ...workspace, name: 'image', arch: 'amd64', mirror: archive.mirrors, onProgress: ({ step }) => steps.push(step) });
      expect(steps).toEqual(['reused']);
    });

    describe('when there is no lock', () => {
      it('refuses with LOCK_MISSING', async () => {
        await expect(build()).rejects.toMatchObject({ code: 'LOCK_MISSING' });
      });
    });

    describe('when a file of the cache was altered on disk', () => {
      it('fetches it again', async () => {
        await update();
        const { manifestDigest } = await build();
        const cache = join(workspace.cacheDir, 'sha256');
        for (const file of await readdir(cache)) await writeFile(join(cache, file), 'altered');
        const again = await buildImage({
          ...workspace,
          outDir: join(workspace.root, 'again'),
          name: 'image',
          arch: 'amd64',
          mirror: archive.mirrors,
        });
        expect(again.manifestDigest).toBe(manifestDigest);
      });
    });

    describe('when a package is not what was locked', () => {
      it('refuses with PACKAGE_ALTERED', async () => {
        await update();
        for (const path of archive.files.keys()) if (path.includes('tool_')) archive.files.set(path, Buffer.from('altered'));
        const refusal = { code: 'PACKAGE_ALTERED', message: expect.stringContaining('Nothing of it was kept') };
        await expect(build()).rejects.toMatchObject(refusal);
        expect(warnings).toEqual([]);
      });
    });

    describe('when a locked package has left the archive, superseded by a fix', () => {
      beforeEach(async () => {
        await update();
        await archive.publish([tool('1.0-1+deb13u1'), library], { key });
      });

      it('resolves anew from the signed index, loudly, and marks it', async () => {
        const { packages, lockSource } = await build();
        expect(packages.find(({ name }) => name === 'tool')?.version).toBe('1.0-1+deb13u1');
        expect(lockSource).toBe('local');
        expect(warnings).toEqual([expect.stringContaining('tool 1.0-1')]);
      });

      it('keeps the answer: the next build is the same, quiet, and asks nobody', async () => {
        const first = await build();
        archive.files.clear();
        warnings.length = 0;
        const second = await build();
        expect([second.manifestDigest, second.lockSource, warnings]).toEqual([first.manifestDigest, 'local', []]);
      });

      it("ends when the repository's lock is brought up to date", async () => {
        await build();
        await update();
        expect((await build()).lockSource).toBe('repository');
      });

      it("does so for the image's children, which must fit it", async () => {
        await workspace.declare('child', 'parent: image\npackages: [library-extra]\n');
        await archive.publish([tool('1.0-1'), library, { name: 'library-extra', version: '1', depends: 'library' }], { key });
        await updateLock(await lockOf('child'), open());
        await archive.publish([tool('1.0-2'), library, { name: 'library-extra', version: '1', depends: 'library' }], { key });
        const child = await build('child');
        expect(child.lockSource).toBe('local');
        expect(child.packages.map(({ name, version }) => `${name} ${version}`)).toEqual(['library 1.2-1', 'tool 1.0-2', 'library-extra 1']);
      });

      it('trusts no older index even then: a package that is held back must not bring back one without its fix', async () => {
        await archive.publish([tool('0.9-1'), library], { key, date: new Date(Date.now() - DAY) });
        await expect(build()).rejects.toMatchObject({ code: 'INDEX_OLDER' });
      });

      it('trusts no unsigned answer even then', async () => {
        await archive.publish([tool('1.0-1+deb13u1'), library], { key: await archiveKey() });
        await expect(build()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
      });
    });
  });
});
