import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { ContentCache } from '../src/cache/content.cache.ts';
import { fetchDebianProgram } from '../src/index.ts';
import type { DebianProgram } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import type { TestKey, TestPackage } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';

const FILE = 'usr/libexec/docker/cli-plugins/docker-compose';
const compose = (version: string, file = FILE): TestPackage => ({
  name: 'docker-compose',
  version,
  files: { 'usr/share/doc/docker-compose/copyright': { content: 'free' }, [file]: { content: `compose ${version}`, mode: 0o755 } },
});

describe('a program out of a package', () => {
  let key: TestKey;
  let archive: TestArchive;
  let workspace: Workspace;
  let lockFile: string;

  beforeEach(async () => {
    key = await archiveKey();
    archive = await TestArchive.start();
    workspace = await makeWorkspace();
    lockFile = join(workspace.root, 'docker-compose.lock.json');
    await archive.publish([compose('2.26.1-4')], { key });
    const cache = new ContentCache(join(workspace.root, 'of-who-locks'));
    const index = await new DebianArchive({ cache, mirrors: archive.mirrors, keyring: [key.public] }).packages('amd64');
    const { depends: _depends, provides: _provides, ...locked } = index.find('docker-compose')!;
    const packages = { amd64: [locked], arm64: [] };
    await writeFile(lockFile, JSON.stringify({ package: 'docker-compose', file: FILE, packages }));
    archive.requests.length = 0;
  });
  afterEach(async () => {
    await archive.stop();
    await workspace.remove();
  });

  const fetch = async (arch: 'amd64' | 'arm64' = 'amd64'): Promise<DebianProgram> =>
    fetchDebianProgram({ lockFile, arch, cacheDir: workspace.cacheDir, mirrors: archive.mirrors, keyring: [key.public] });
  const program = (version: string, source: DebianProgram['source']): DebianProgram => ({
    bytes: Buffer.from(`compose ${version}`),
    version,
    source,
  });

  it('is the file of the locked package, for which no index is asked', async () => {
    expect(await fetch()).toEqual(program('2.26.1-4', 'lock'));
    expect(archive.requests).toEqual(['/debian/pool/main/docker-compose_2.26.1-4_all.deb']);
  });

  it('is not fetched twice', async () => {
    await fetch();
    archive.files.clear();
    expect(await fetch()).toEqual(program('2.26.1-4', 'lock'));
  });

  it('is refused when the package is another than was locked', async () => {
    const lock = await readFile(lockFile, 'utf8');
    await archive.publish([{ ...compose('2.26.1-4'), files: { [FILE]: { content: 'altered' } } }], { key });
    await expect(fetch()).rejects.toMatchObject({ code: 'PACKAGE_ALTERED' });
    expect(await readFile(lockFile, 'utf8')).toBe(lock);
  });

  it('is refused when the package holds no such file', async () => {
    await archive.publish([compose('2.26.1-5', 'usr/bin/docker-compose')], { key });
    await expect(fetch()).rejects.toMatchObject({ code: 'PACKAGE_MALFORMED', message: expect.stringContaining(FILE) });
  });

  it('is the one that the signed index names for an architecture that is not locked', async () => {
    expect(await fetch('arm64')).toEqual(program('2.26.1-4', 'archive'));
  });

  describe('when the locked version has left the archive', () => {
    it('is the successor by the signed index, and says so', async () => {
      await archive.publish([compose('2.26.1-5')], { key });
      expect(await fetch()).toEqual(program('2.26.1-5', 'archive'));
    });

    it('is refused when the index is not signed by the archive', async () => {
      await archive.publish([compose('2.26.1-5')], { key: await archiveKey() });
      await expect(fetch()).rejects.toMatchObject({ code: 'INDEX_UNTRUSTED' });
    });

    it('is refused when the successor is another than was signed', async () => {
      await archive.publish([compose('2.26.1-5')], { key });
      for (const path of archive.files.keys()) if (path.endsWith('.deb')) archive.files.set(path, Buffer.from('altered'));
      await expect(fetch()).rejects.toMatchObject({ code: 'PACKAGE_ALTERED' });
    });

    it('is refused when the index names an older one: a mirror that shows an old archive takes fixes back', async () => {
      await archive.publish([compose('2.26.1-3')], { key });
      await expect(fetch()).rejects.toMatchObject({ code: 'INDEX_OLDER' });
    });

    it('is refused when the index names none', async () => {
      await archive.publish([], { key });
      await expect(fetch()).rejects.toMatchObject({ code: 'PACKAGE_UNRESOLVED' });
    });
  });
});
