import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { issueRoot } from '../../src/ca/certificates.ts';
import type { CommandRunner } from '../../src/host/command.ts';
import { readHostRecord } from '../../src/host/host-record.ts';
import { userStores } from '../../src/trust/trust-store.ts';
import { trust, untrust } from '../../src/trust/trust.ts';
import { answers } from '../host/answers.ts';

describe('trust', () => {
  let folder: string;
  let certificate: string;
  let record: string;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-trust-'));
    certificate = join(folder, 'root.pem');
    record = join(folder, 'host.json');
    writeFileSync(certificate, (await issueRoot()).cert);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const makeStore = (): void => {
    mkdirSync(nss().path, { recursive: true });
    writeFileSync(join(nss().path, 'cert9.db'), '');
  };
  const nss = (): { kind: 'nss'; path: string } => ({ kind: 'nss', path: join(folder, 'nssdb') });

  it('makes the store of the user where it is missing, trusts the root for servers alone, and notes it', async () => {
    const run = answers({ certutil: {} });
    await trust({ certificate, stores: [nss()], run, record });
    expect(run.asked).toEqual([
      expect.stringContaining('-N --empty-password'),
      expect.stringMatching(/ -A -t C,, -n seaworthy-[0-9a-f]{12} -i .*root\.pem$/),
    ]);
    expect(readHostRecord(record).trust).toHaveLength(1);
  });

  it('is undone wholly, by another run too', async () => {
    makeStore();
    await trust({ certificate, stores: [nss()], run: answers({ certutil: {} }), record });
    const run = answers({ certutil: { stdout: '\nCertificate Nickname  Trust Attributes\n\nother  C,,\n' } });
    await expect(untrust(run, record)).resolves.toContain('nssdb');
    expect(run.asked).toEqual([expect.stringMatching(/ -D -n seaworthy-[0-9a-f]{12}$/), expect.stringMatching(/ -L$/)]);
    await expect(untrust(run, record)).resolves.toBeUndefined();
  });

  it('says, when it is undone, which store it had made', async () => {
    const run = answers({ certutil: {} });
    await trust({ certificate, stores: [nss()], run, record });
    makeStore();
    await trust({ certificate, stores: [nss()], run, record }); // once more, by a user who is not sure
    await expect(untrust(run, record)).resolves.toContain(`made for it, and left, because a browser may use it by now: ${nss().path}`);
    await trust({ certificate, stores: [nss()], run, record });
    await expect(untrust(run, record)).resolves.not.toContain('made for it');
  });

  it('is not undone while the certificate is still there, and stays noted, so that it can be tried again', async () => {
    makeStore();
    await trust({ certificate, stores: [nss()], run: answers({ certutil: {} }), record });
    const name = readHostRecord(record).trust?.[0]?.name ?? '';
    const database = `certutil -d sql:${nss().path}`;
    const listed = { stdout: `${name}                                       C,,  \n` };
    const locked = answers({ [`${database} -D`]: { code: 255, stderr: 'SEC_ERROR_READ_ONLY' }, [`${database} -L`]: listed });
    await expect(untrust(locked, record)).rejects.toMatchObject({ code: 'FAILED', found: 'SEC_ERROR_READ_ONLY' });
    // nobody can tell
    await expect(untrust(answers({}), record)).rejects.toMatchObject({ code: 'FAILED', remedy: expect.stringContaining('libnss3-tools') });
    expect(readHostRecord(record).trust).toHaveLength(1);
    rmSync(nss().path, { recursive: true });
    await expect(untrust(locked, record)).resolves.toContain('nssdb'); // the user deleted the store
  });

  describe('in a keychain', () => {
    const keychain = { kind: 'keychain', path: '/Users/me/login.keychain-db' } as const;
    const sha1 = 'A'.repeat(40);
    const listing = (sha256: string): string => `SHA-256 hash: ${sha256}\nSHA-1 hash: ${sha1}\nkeychain: "/Users/me/login.keychain-db"\n`;
    const mine = (): string => new X509Certificate(readFileSync(certificate)).fingerprint256.replaceAll(':', '');

    it('is deleted by its hash, since all roots of all clones have the same common name', async () => {
      await trust({ certificate, stores: [keychain], run: answers({ security: {} }), record });
      const before = answers({ security: {}, 'security find-certificate': { stdout: listing(mine()) } });
      const after = answers({ security: {}, 'security find-certificate': { stdout: listing('B'.repeat(64)) } });
      const run: CommandRunner = (command, args) =>
        (before.asked.some((line) => line.includes(`delete-certificate -Z ${sha1} `)) ? after : before)(command, args);
      await expect(untrust(run, record)).resolves.toContain('login.keychain-db');
      expect(before.asked).toContain(`security remove-trusted-cert ${certificate}`);
      expect(before.asked).toContain(`security delete-certificate -Z ${sha1} ${keychain.path}`);
    });

    it('stays noted while it is still there', async () => {
      await trust({ certificate, stores: [keychain], run: answers({ security: {} }), record });
      const run = answers({
        'security find-certificate': { stdout: listing(mine()) },
        'security delete': { code: 1, stderr: 'not allowed' },
      });
      await expect(untrust(run, record)).rejects.toMatchObject({ code: 'FAILED', found: 'not allowed' });
      expect(readHostRecord(record).trust).toHaveLength(1);
    });
  });

  it('notes a store even when changing it fails half-way, so that it can be undone', async () => {
    const run = answers({ certutil: {}, [`certutil -d sql:${join(folder, 'nssdb')} -A`]: { code: 255, stderr: 'locked' } });
    await expect(trust({ certificate, stores: [nss()], run, record })).rejects.toMatchObject({ code: 'FAILED', found: 'locked' });
    expect(readHostRecord(record).trust).toHaveLength(1);
  });

  it('asks for a start where there is no root yet', async () => {
    await expect(trust({ certificate: join(folder, 'none.pem'), stores: [nss()], run: answers({}), record })).rejects.toMatchObject({
      code: 'NOT_RUNNING',
    });
  });

  describe('userStores', () => {
    it('are none without certutil', async () => {
      await expect(userStores(answers({}), folder, 'linux')).resolves.toEqual([]);
    });

    it('are the shared one on Linux, and the login keychain on macOS', async () => {
      await expect(userStores(answers({ certutil: {} }), folder, 'linux')).resolves.toEqual([
        { kind: 'nss', path: join(folder, '.pki/nssdb') },
      ]);
      await expect(userStores(answers({}), folder, 'darwin')).resolves.toEqual([
        { kind: 'keychain', path: join(folder, 'Library/Keychains/login.keychain-db') },
      ]);
    });
  });
});
