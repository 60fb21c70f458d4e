import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Charge } from './charge.ts';
import { Ledger } from './ledger.ts';

const charge = (key: string): Charge => ({
  id: `ch_${key}`,
  key,
  reference: '00000000-0000-4000-8000-000000000000',
  amountCents: 1,
  currency: 'EUR',
  lastFour: '4242',
  status: 'succeeded',
  at: '2026-01-01T00:00:00.000Z',
});

describe('the ledger', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-ledger-'));
    file = join(folder, 'ledger.jsonl');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('knows after a restart what was charged', () => {
    new Ledger(file).add(charge('one'));
    const again = new Ledger(file);
    expect(again.find('one')).toEqual(charge('one'));
    expect(again.find('two')).toBeUndefined();
    expect(again.about(charge('one').reference)).toHaveLength(1);
  });

  it.each([1, 20, 100])('forgets a line that a crash cut after %i characters, and goes on behind the last whole one', (length) => {
    new Ledger(file).add(charge('one'));
    appendFileSync(file, JSON.stringify(charge('two')).slice(0, length));
    const again = new Ledger(file);
    expect(again.find('two')).toBeUndefined();
    again.add(charge('two'));
    expect(readFileSync(file, 'utf8')).toBe([charge('one'), charge('two')].map((line) => `${JSON.stringify(line)}\n`).join(''));
  });

  it.each(['{}\n', 'nonsense\n', `${JSON.stringify({ ...charge('one'), number: '4242424242424242' })}\n`])(
    'takes no file that is none: %j',
    (text) => {
      writeFileSync(file, text);
      const broken = new Ledger(file);
      expect(() => broken.open()).toThrow();
      expect(() => broken.find('one')).toThrow(expect.objectContaining({ status: 503, code: 'UNAVAILABLE' }));
      expect(() => broken.add(charge('two'))).toThrow(expect.objectContaining({ status: 503 }));
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('says that it is away while its volume is', () => {
    const away = new Ledger(join(folder, 'nowhere', 'ledger.jsonl'));
    expect(() => away.add(charge('one'))).toThrow(expect.objectContaining({ status: 503 }));
  });
});
