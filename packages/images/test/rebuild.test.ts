import { chmod } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DebianArchive } from '../src/archive/debian.archive.ts';
import { ContentCache, buildImages, updateImages } from '../src/index.ts';
import { TestArchive, archiveKey } from './debian.fixture.ts';
import { makeWorkspace } from './images.fixture.ts';
import type { Workspace } from './images.fixture.ts';
import { OTHER_USER, rebuildElsewhere } from './rebuild.fixture.ts';

describe('building images a second time elsewhere', () => {
  let archive: TestArchive;
  let workspace: Workspace;

  beforeEach(async () => {
    archive = await TestArchive.start();
    workspace = await makeWorkspace();
    await workspace.declare('one', 'packages: [tool]\n', {
      'contract.yaml': 'user: "65532:65532"\nentrypoint: []\npasswd: ""\nabsent: [/usr/bin/sh]\n',
    });
  });
  afterEach(async () => {
    await archive.stop();
    await workspace.remove();
  });

  describe('when a locked package has left the archive, and the first build lies where only its user may look', () => {
    it('takes the lock that this machine made, and asks no archive', async () => {
      const key = await archiveKey();
      const debian = (): DebianArchive =>
        new DebianArchive({ cache: new ContentCache(workspace.cacheDir), mirrors: archive.mirrors, keyring: [key.public] });
      await archive.publish([{ name: 'tool', version: '1' }], { key });
      await updateImages({ ...workspace, archive: debian() });
      await archive.publish([{ name: 'tool', version: '2' }], { key });
      const [first] = await buildImages({ ...workspace, archive: debian(), mirror: archive.mirrors });
      expect(first?.lockSource).toBe('local');

      await chmod(workspace.root, 0o700);
      const { user, digests } = await rebuildElsewhere(workspace);
      expect(digests).toEqual({ one: first?.manifestDigest });
      expect(user).toBe(OTHER_USER ?? process.getuid?.());
    });
  });
});
