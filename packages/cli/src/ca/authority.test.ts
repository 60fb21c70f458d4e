import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAuthority } from './authority.ts';

const DAY = 86_400_000;

describe('createAuthority', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-ca-'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  describe('when there is none yet', () => {
    it('makes a root and an intermediate under it', async () => {
      const { root, secrets, made } = await createAuthority(dir);
      const [above, below] = [new X509Certificate(root), new X509Certificate(secrets['intermediate.pem'])];
      expect(made).toEqual(['root', 'intermediate']);
      expect(above.ca && below.ca).toBe(true);
      expect(below.verify(above.publicKey)).toBe(true);
      expect(above.verify(above.publicKey)).toBe(true);
    });

    it("keeps every key for its owner, and hands the root's key to nobody", async () => {
      const { secrets } = await createAuthority(dir);
      for (const name of ['root.key', 'intermediate.key']) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
      expect(statSync(dir).mode & 0o777).toBe(0o700);
      expect(Object.values(secrets)).not.toContain(readFileSync(join(dir, 'root.key'), 'utf8'));
    });
  });

  describe('when it exists', () => {
    it('stays as it is', async () => {
      const first = await createAuthority(dir);
      expect(await createAuthority(dir)).toEqual({ ...first, made: [] });
    });
  });

  describe('when the intermediate is near its end', () => {
    it('replaces it under the same root', async () => {
      const first = await createAuthority(dir);
      const later = await createAuthority(dir, Date.now() + 70 * DAY);
      expect(later.made).toEqual(['intermediate']);
      expect(later.root).toBe(first.root);
      expect(later.secrets['intermediate.pem']).not.toBe(first.secrets['intermediate.pem']);
    });
  });

  describe('when an earlier run was cut off', () => {
    it.each(['', 'not a certificate'])('makes the certificate anew that is %j', async (rubbish) => {
      await createAuthority(dir);
      writeFileSync(join(dir, 'intermediate.pem'), rubbish);
      expect((await createAuthority(dir)).made).toEqual(['intermediate']);
    });

    it('never pairs a certificate with the key of another', async () => {
      await createAuthority(dir);
      writeFileSync(join(dir, 'intermediate.key'), readFileSync(join(dir, 'root.key')));
      expect((await createAuthority(dir)).made).toEqual(['intermediate']);
    });

    it('puts a new intermediate under a new root', async () => {
      await createAuthority(dir);
      rmSync(join(dir, 'root.pem'));
      expect((await createAuthority(dir)).made).toEqual(['root', 'intermediate']);
    });
  });

  describe('when the clock is behind', () => {
    it('says so instead of making a second authority', async () => {
      await createAuthority(dir);
      await expect(createAuthority(dir, Date.now() - DAY)).rejects.toMatchObject({ code: 'CLOCK_BEHIND' });
    });
  });
});
