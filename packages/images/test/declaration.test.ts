import { join } from 'node:path';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { armor, enums } from 'openpgp';
import type { PublicKey } from 'openpgp';
import { findMirrors } from '../src/archive/mirrors.ts';
import { archiveKeyring, loadKeyring } from '../src/archive/keyring.ts';
import { globMatcher } from '../src/assemble/globs.ts';
import { readImageFiles } from '../src/contract/image.files.ts';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { ContentCache, buildImage, listImages, loadImageDeclaration, updateImages } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await makeWorkspace();
});
afterEach(async () => {
  await workspace.remove();
});

describe('image.yaml', () => {
  const load = (name: string): ReturnType<typeof loadImageDeclaration> => loadImageDeclaration(join(workspace.imagesDir, name));

  it.each([
    ['a setuid mode', 'files: [{ path: /x, content: "", mode: "4755" }]', 'files.0.mode'],
    ['a path that leaves the image', 'files: [{ path: /../x, content: "" }]', 'files.0.path'],
    ['an exclusion without a reason', 'exclude: { perl: "" }', 'exclude.perl'],
    ['two sources of one file', 'files: [{ path: /x, content: "", link: /y }]', 'files.0'],
    ['a key that nobody knows', 'run: [apt-get install]', 'run'],
  ])('refuses %s, and names it', async (_, yaml, field) => {
    await workspace.declare('image', yaml);
    await expect(load('image')).rejects.toMatchObject({ code: 'DECLARATION_INVALID', message: expect.stringContaining(field) });
  });

  it('refuses parents that go round in a circle', async () => {
    await workspace.declare('one', 'parent: two');
    await workspace.declare('two', 'parent: one');
    await expect(load('one')).rejects.toMatchObject({ code: 'DECLARATION_INVALID' });
  });

  it('orders parents before their children', async () => {
    await workspace.declare('a', 'parent: b');
    await workspace.declare('b', 'parent: c');
    await workspace.declare('c', '');
    expect(await listImages(workspace.imagesDir)).toEqual(['c', 'b', 'a']);
  });
});

describe('assembly', () => {
  it('takes owners and modes from image.yaml alone, and strips setuid', async () => {
    const [archive, key] = [await TestArchive.start(), await archiveKey()];
    try {
      const files = {
        'usr/bin/su': { content: 'x', mode: 0o4755, uid: 7 },
        'usr/share/doc/tool/readme': { content: 'x' },
        'bin/merged': { content: 'x', mode: 0o700 },
        'var/lib/tool/state': { content: 'x', mode: 0o666 },
      };
      await archive.publish([{ name: 'tool', version: '1', files }], { key });
      await workspace.declare(
        'image',
        'packages: [tool]\ndrop: [/usr/share/doc/**]\nusers: [{ name: one, uid: 5, gid: 5, home: / }]\n' +
          'directories: [{ path: /var/lib/tool, mode: "0700", owner: "5:5" }]\nfiles: [{ path: /etc/tool.conf, content: "a=1", owner: "5:5", mode: "0400" }]\n',
      );
      const debian = new DebianArchive({ cache: new ContentCache(workspace.cacheDir), mirrors: archive.mirrors, keyring: [key.public] });
      await updateImages({ ...workspace, archive: debian });
      const { layoutDir } = await buildImage({ ...workspace, name: 'image', arch: 'amd64', mirror: archive.mirrors });
      const listed = [...(await readImageFiles(layoutDir)).files].map(
        ([path, { mode, uid, gid }]) => `${path} ${mode.toString(8)} ${uid}:${gid}`,
      );
      expect(listed).toEqual([
        'etc 755 0:0',
        'etc/group 644 0:0',
        'etc/passwd 644 0:0',
        'etc/tool.conf 400 5:5',
        'usr 755 0:0',
        'usr/bin 755 0:0',
        'usr/bin/merged 755 0:0',
        'usr/bin/su 755 0:0',
        'var 755 0:0',
        'var/lib 755 0:0',
        'var/lib/dpkg 755 0:0',
        'var/lib/dpkg/status.d 755 0:0',
        'var/lib/dpkg/status.d/tool 644 0:0',
        'var/lib/tool 700 5:5',
        'var/lib/tool/state 644 0:0',
      ]);
    } finally {
      await archive.stop();
    }
  });
});

describe('globs', () => {
  it.each([
    ['/usr/bin/apt*', 'usr/bin/apt-get', true],
    ['/usr/bin/*', 'usr/bin/a/b', false],
    ['/usr/share/doc/**', 'usr/share/doc', true],
    ['/usr/share/doc/**', 'usr/share/doc/a/b', true],
    ['/usr/share/doc/**', 'usr/share/docs', false],
    ['/usr/lib/*/gconv/**', 'usr/lib/x/gconv/y.so', true],
    ['/usr/bin/a.b', 'usr/bin/axb', false],
  ])('%s and %s: %s', (glob, path, expected) => {
    expect(globMatcher([glob])(path)).toBe(expected);
  });
});

describe('mirrors', () => {
  let aptDir: string;
  beforeEach(async () => {
    aptDir = await mkdtemp(join(tmpdir(), 'seaworthy-apt-'));
    await mkdir(join(aptDir, 'sources.list.d'));
  });
  afterEach(async () => {
    await rm(aptDir, { recursive: true, force: true });
  });
  const expected = { debian: 'http://mirror.example/debian', security: 'http://mirror.example/security' };

  it('come from deb822 sources, without what is disabled or not of Debian', async () => {
    const text =
      'Types: deb\nURIs: http://other.example/\nSuites: nodistro\nComponents: main\n\n' +
      'Enabled: no\nTypes: deb\nURIs: http://disabled.example/debian\nSuites: trixie\n\n' +
      'Types: deb\n# a comment\nURIs: http://mirror.example/debian/\nSuites: bookworm bookworm-updates\n\n' +
      'Types: deb deb-src\nURIs: http://mirror.example/security\nSuites: bookworm-security\n';
    await writeFile(join(aptDir, 'sources.list.d', 'debian.sources'), text);
    expect(await findMirrors({ env: {}, aptDir })).toEqual(expected);
  });

  it('come from one-line sources', async () => {
    const text =
      '# deb http://no.example/ trixie main\ndeb [arch=amd64 signed-by=/k.gpg] http://mirror.example/debian trixie main\ndeb http://mirror.example/security trixie-security main\n';
    await writeFile(join(aptDir, 'sources.list'), text);
    expect(await findMirrors({ env: {}, aptDir })).toEqual(expected);
  });

  it('come from the environment first', async () => {
    const env = { SEAWORTHY_DEBIAN_MIRROR: `${expected.debian}/`, SEAWORTHY_DEBIAN_SECURITY_MIRROR: expected.security };
    expect(await findMirrors({ env, aptDir })).toEqual(expected);
  });

  describe('when nothing names one', () => {
    it('refuses with MIRROR_UNKNOWN, and says which variables to set', async () => {
      await writeFile(join(aptDir, 'sources.list'), 'deb http://archive.example/ubuntu noble main\n');
      const refusal = { code: 'MIRROR_UNKNOWN', message: expect.stringContaining('SEAWORTHY_DEBIAN_SECURITY_MIRROR') };
      await expect(findMirrors({ env: {}, aptDir })).rejects.toMatchObject(refusal);
    });
  });

  describe.each(['gpg', 'pgp', 'asc'])("when the machine has its archive's keys as .%s alone", (ending) => {
    it('gives all of them to jobs, and none that was withdrawn', async () => {
      const [one, two, withdrawn] = [await archiveKey(), await archiveKey(), await archiveKey()];
      const keyring = async (name: string, keys: readonly PublicKey[]): Promise<void> => {
        const binary = Buffer.concat(keys.map((key) => key.write()));
        await writeFile(join(aptDir, `${name}.${ending}`), ending === 'asc' ? armor(enums.armor.publicKey, binary) : binary);
      };
      await keyring('debian-archive-trixie-stable', [one.public, two.public]);
      await keyring('debian-archive-removed-keys', [withdrawn.public]);
      const ofJobs = join(aptDir, 'of-jobs.gpg');
      await writeFile(ofJobs, await archiveKeyring({ env: {}, dir: aptDir }));
      const keys = await loadKeyring({ env: { SEAWORTHY_DEBIAN_KEYRING: ofJobs } });
      expect(keys.map((key) => key.getFingerprint())).toEqual([one, two].map((key) => key.public.getFingerprint()));
    });
  });

  describe("when the machine has no archive's keys", () => {
    it('refuses with KEYRING_MISSING', async () => {
      await expect(loadKeyring({ env: {}, dir: aptDir })).rejects.toMatchObject({ code: 'KEYRING_MISSING' });
    });
  });
});
