import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { issueRoot } from '../../src/ca/certificates.ts';
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
    await trust({ certificate, stores: [nss()], run: answers({ certutil: {} }), record });
    const run = answers({ certutil: {} });
    await expect(untrust(run, record)).resolves.toContain('nssdb');
    expect(run.asked).toEqual([expect.stringMatching(/ -D -n seaworthy-[0-9a-f]{12}$/)]);
    await expect(untrust(run, record)).resolves.toBeUndefined();
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
