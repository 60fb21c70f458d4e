import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { RevokedTokens } from './revoked-tokens.ts';
import type { RevocationList } from './revoked-tokens.ts';

const MINUTE = 60_000;

function listening() {
  let now = Date.now();
  const read = jest.fn<() => Promise<RevocationList>>();
  const tokens = new RevokedTokens(read, () => now);
  return { read, tokens, later: (ms: number) => void (now += ms), expires: now / 1000 + 3_600 };
}

describe('RevokedTokens', () => {
  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(true));

  it('knows what was published, and nothing else', async () => {
    const { read, tokens, expires } = listening();
    read.mockResolvedValue({ revoked: [{ id: 'a', expires }] });
    await tokens.ready();
    expect([tokens.has('a'), tokens.has('b')]).toEqual([true, false]);
    tokens.stop();
  });

  it('asks once for many that begin at the same time', async () => {
    const { read, tokens } = listening();
    read.mockResolvedValue({ revoked: [] });
    await Promise.all([tokens.ready(), tokens.ready(), tokens.ready()]);
    expect(read).toHaveBeenCalledTimes(1);
    tokens.stop();
  });

  it('remembers what identity has forgotten in a restart', async () => {
    const { read, tokens, expires } = listening();
    read.mockResolvedValueOnce({ revoked: [{ id: 'a', expires }] }).mockResolvedValue({ revoked: [] });
    await tokens.ready();
    await tokens.refresh();
    expect(tokens.has('a')).toBe(true);
    tokens.stop();
  });

  describe('when the machine has slept, and no timer ran', () => {
    it('asks once for all who come then, and no longer than it must', async () => {
      const { read, tokens, later } = listening();
      read.mockResolvedValue({ revoked: [] });
      await tokens.ready();
      expect(tokens.ready()).toBeUndefined();
      later(8 * 60 * MINUTE);
      await Promise.all([tokens.ready(), tokens.ready()]);
      expect([tokens.has('a'), tokens.ready(), read.mock.calls.length]).toEqual([false, undefined, 2]);
      tokens.stop();
    });
  });

  describe('when no list can be had', () => {
    it('says that it cannot know, and asks again', async () => {
      const { read, tokens } = listening();
      read.mockRejectedValueOnce(new TypeError('fetch failed')).mockResolvedValue({ revoked: [] });
      await expect(tokens.ready()).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
      await tokens.ready();
      tokens.stop();
    });

    it('goes on with the one before, but not for ever', async () => {
      const { read, tokens, later, expires } = listening();
      read.mockResolvedValueOnce({ revoked: [{ id: 'a', expires }] }).mockRejectedValue(new TypeError('fetch failed'));
      await tokens.ready();
      later(9 * MINUTE);
      await tokens.refresh();
      expect([tokens.has('a'), tokens.has('b')]).toEqual([true, false]);
      later(2 * MINUTE);
      expect(() => tokens.has('b')).toThrow(expect.objectContaining({ code: 'KEYS_UNREACHABLE' }));
      await expect(tokens.ready()).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
      tokens.stop();
    });
  });

  describe('when the answer is no list', () => {
    it('does not take it for an empty one', async () => {
      const { read, tokens } = listening();
      read.mockResolvedValue({ error: 'not_found' } as never);
      await expect(tokens.ready()).rejects.toMatchObject({ code: 'KEYS_UNREACHABLE' });
      tokens.stop();
    });
  });
});
