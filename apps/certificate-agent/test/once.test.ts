import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testAuthority } from '@seaworthy/testing/trust';
import { bundle, writeCertificateFile } from '../src/certificate-file.ts';

describe('the certificate agent, run once', () => {
  let file: string;
  beforeEach(() => void (file = join(mkdtempSync(join(tmpdir(), 'seaworthy-once-')), 'edge.pem')));
  afterEach(() => rmSync(join(file, '..'), { recursive: true }));

  const once = () =>
    spawnSync(process.execPath, [join(import.meta.dirname, '../src/main.ts'), 'once'], {
      env: { CERTIFICATE_FILE: file },
      encoding: 'utf8',
    });

  it('makes none where there is one that HAProxy can start with', async () => {
    const leaf = await (await testAuthority()).issue('localhost');
    writeCertificateFile(file, leaf);
    expect(once()).toMatchObject({ status: 0, stdout: '' });
    expect(readFileSync(file, 'utf8')).toBe(bundle(leaf));
  });

  it('wants one where there is none, and so whom to ask', () => {
    writeFileSync(file, '');
    expect(once()).toMatchObject({ status: 78, stderr: expect.stringContaining('client-secret') });
  });
});
