import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { examineArchive } from '../../src/host/findings/archive.ts';
import type { Finding } from '../../src/host/findings/finding.ts';

const MIRRORS = {
  SEAWORTHY_DEBIAN_MIRROR: 'http://mirror.example/debian',
  SEAWORTHY_DEBIAN_SECURITY_MIRROR: 'http://fixes.example/debian-security',
};

describe('what a machine knows of the archive', () => {
  let places: { aptDir: string; keyringDir: string };
  beforeEach(() => {
    const folder = mkdtempSync(join(tmpdir(), 'seaworthy-archive-'));
    places = { aptDir: join(folder, 'apt'), keyringDir: join(folder, 'keyrings') };
    for (const place of Object.values(places)) mkdirSync(place);
  });
  afterEach(() => rmSync(join(places.aptDir, '..'), { recursive: true }));

  const mirror = async (env: NodeJS.ProcessEnv): Promise<Finding | undefined> => (await examineArchive({ ...places, env }))[0];
  const keys = async (env: NodeJS.ProcessEnv): Promise<Finding | undefined> => (await examineArchive({ ...places, env }))[1];

  it('is enough when it names both mirrors', async () => {
    expect(await mirror(MIRRORS)).toMatchObject({ level: 'ok', found: 'mirror.example, fixes.example' });
  });

  describe('when it is Ubuntu, whose sources name no archive of Debian', () => {
    it('stops a start, and says which variables to set', async () => {
      writeFileSync(join(places.aptDir, 'sources.list'), 'deb http://archive.example/ubuntu noble main\n');
      const finding = { id: 'mirror', level: 'error', found: 'none', remedy: expect.stringContaining('SEAWORTHY_DEBIAN_SECURITY_MIRROR') };
      expect(await mirror({})).toMatchObject(finding);
    });
  });

  describe('when a mirror is no address', () => {
    it('stops a start', async () => {
      expect(await mirror({ ...MIRRORS, SEAWORTHY_DEBIAN_MIRROR: 'mirror.example' })).toMatchObject({ id: 'mirror', level: 'error' });
    });
  });

  describe("when there are no archive's keys", () => {
    it('stops a start, and says what to install', async () => {
      expect(await keys({})).toMatchObject({
        id: 'archive keys',
        level: 'error',
        remedy: expect.stringContaining('debian-archive-keyring'),
      });
    });
  });

  describe('when the keyring that is named is not there', () => {
    it('stops a start, and names it', async () => {
      const named = join(places.keyringDir, 'gone.gpg');
      expect(await keys({ SEAWORTHY_DEBIAN_KEYRING: named })).toMatchObject({ level: 'error', found: expect.stringContaining(named) });
    });
  });
});
