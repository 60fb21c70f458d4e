import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { BoundedEntries } from './bounded.entries.ts';

const HOUR_MS = 3_600_000;

describe('BoundedEntries', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  const kept = (entries: BoundedEntries) => [...entries.keysOf(() => true)];

  it('stays below a number of characters, whatever is said: the oldest make room', () => {
    const entries = new BoundedEntries({ entries: 100, characters: 10_000 });
    for (const key of ['a', 'b', 'c']) entries.set(key, { request: 'x'.repeat(4_000) }, HOUR_MS);
    expect(kept(entries)).toEqual(['b', 'c']);
    entries.set('d', { request: 'x'.repeat(20_000) }, HOUR_MS);
    expect(kept(entries)).toEqual([]);
  });

  it('stays below a number of entries', () => {
    const entries = new BoundedEntries({ entries: 2, characters: 10_000 });
    for (const key of ['a', 'b', 'c']) entries.set(key, {}, HOUR_MS);
    expect(kept(entries)).toEqual(['b', 'c']);
  });

  it('drops what has ended, though nobody asks for it, and wherever it stands', () => {
    const entries = new BoundedEntries();
    entries.set('long', {}, HOUR_MS);
    entries.set('short', {}, 60_000);
    jest.setSystemTime(60_000);
    entries.set('new', {}, HOUR_MS);
    expect(kept(entries)).toEqual(['long', 'new']);
  });

  it('counts what is replaced, deleted or ended no longer', () => {
    const entries = new BoundedEntries({ entries: 100, characters: 10_000 });
    const large = { request: 'x'.repeat(6_000) };
    entries.set('kept', {}, HOUR_MS);
    entries.set('large', large, HOUR_MS);
    entries.set('large', large, HOUR_MS);
    entries.delete('large');
    entries.delete('large');
    entries.set('ended', large, 60_000);
    jest.setSystemTime(60_000);
    expect(entries.get('ended')).toBeUndefined();
    entries.set('another', large, HOUR_MS);
    expect(kept(entries)).toEqual(['kept', 'another']);
    expect(entries.get('another')).toBe(large);
  });
});
