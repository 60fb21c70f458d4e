import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { RevocationError } from './revocation.error.ts';
import { RevocationStore } from './revocation.store.ts';

const HOUR_S = 3_600;
const nowS = Math.floor(Date.now() / 1000);

describe('the list of revoked tokens', () => {
  let directory: string;
  const file = (): string => join(directory, 'revocations.json');
  const codeOf = (work: () => unknown): string => {
    try {
      work();
      return '';
    } catch (error) {
      if (!(error instanceof RevocationError)) throw error;
      expect(error.message).toContain(directory);
      return error.code;
    }
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'seaworthy-revocations-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is there again after a restart', () => {
    new RevocationStore(directory).add('stolen', nowS + HOUR_S);
    const after = new RevocationStore(directory);
    expect(after.has('stolen')).toBe(true);
    expect(after.list()).toEqual({ revoked: [{ id: 'stolen', expires: nowS + HOUR_S }] });
  });

  it('forgets what has ended, in the file too, and keeps the rest', () => {
    const store = new RevocationStore(directory);
    store.add('short', nowS + 10);
    store.add('long', nowS + HOUR_S);
    store.add('later', nowS + HOUR_S, (nowS + 120) * 1000);
    expect([store.has('short'), store.has('long')]).toEqual([false, true]);
    expect(readFileSync(file(), 'utf8')).not.toContain('short');
  });

  describe('when it is full', () => {
    it('refuses one more, and forgets none that it has acknowledged', () => {
      const store = new RevocationStore(directory, 2);
      store.add('first', nowS + 10);
      store.add('second', nowS + HOUR_S);
      expect(() => store.add('third', nowS + HOUR_S)).toThrow(expect.objectContaining({ code: 'REVOCATIONS_FULL' }));
      expect([store.has('first'), store.has('second')]).toEqual([true, true]);
      store.add('third', nowS + HOUR_S, (nowS + 120) * 1000);
      expect(store.has('third')).toBe(true);
    });
  });

  describe.each([
    ['is empty', ''],
    ['is cut short', '{"revoked":[{"id":"sto'],
    ['is not JSON', 'revoked: stolen'],
    ['is of another form', '{"revoked":["stolen"]}'],
    ['holds bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
  ])('when the file %s', (_, content) => {
    it('does not start', () => {
      writeFileSync(file(), content);
      expect(codeOf(() => new RevocationStore(directory))).toBe('REVOCATIONS_UNREADABLE');
    });
  });

  describe('when the file cannot be read', () => {
    it('does not start', () => {
      rmSync(directory, { recursive: true });
      writeFileSync(directory, '');
      expect(codeOf(() => new RevocationStore(directory))).toBe('REVOCATIONS_UNREADABLE');
    });
  });

  describe('when it cannot be written', () => {
    it('does not start: what is revoked would not be kept', () => {
      expect(codeOf(() => new RevocationStore(join(directory, 'nowhere')))).toBe('REVOCATIONS_UNWRITABLE');
    });
  });
});
