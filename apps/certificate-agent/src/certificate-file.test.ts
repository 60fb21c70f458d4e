import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testAuthority } from '@seaworthy/testing/trust';
import { isUsable, writeCertificateFile } from './certificate-file.ts';

describe('the certificate file', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-agent-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it('holds key and chain, for its owner, with nothing left beside it', async () => {
    const path = join(dir, 'edge.pem');
    const leaf = await (await testAuthority()).issue('localhost');
    writeFileSync(`${path}.new`, 'left by a killed run', { mode: 0o666 });
    writeCertificateFile(path, leaf);
    expect(readFileSync(path, 'utf8')).toBe(`${leaf.key.trimEnd()}\n${leaf.cert.trimEnd()}\n`);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(dir)).toEqual(['edge.pem']);
    expect(isUsable(path)).toBe(true);
  });

  describe('when HAProxy could not start with it', () => {
    it.each([
      ['absent', undefined],
      ['empty', ''],
      ['cut off', '-----BEGIN CERTIFICATE-----\nMII'],
    ])('is not usable: %s', (_, text) => {
      if (text !== undefined) writeFileSync(join(dir, 'edge.pem'), text);
      expect(isUsable(join(dir, 'edge.pem'))).toBe(false);
    });
  });

  // the authority of tests gives an hour
  it.each([
    ['is usable: good for minutes', 55, true],
    ['is not usable: ends before the next can be expected', 59, false],
    ['is not usable: ended', 61, false],
  ])('%s', async (_, minutes, expected) => {
    writeCertificateFile(join(dir, 'edge.pem'), await (await testAuthority()).issue('localhost'));
    expect(isUsable(join(dir, 'edge.pem'), Date.now() + minutes * 60_000)).toBe(expected);
  });
});
