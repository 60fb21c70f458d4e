import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CustomerTokens } from '../../src/develop/tokens.ts';

const HOUR = 3_600_000;

describe('the tokens of the sample customers', () => {
  let dir: string;
  let tokens: CustomerTokens;
  const login = jest.fn(async ({ name }: { name: string }) => `${name} at ${Date.now()}`);

  beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    dir = mkdtempSync(join(tmpdir(), 'seaworthy-tokens-'));
    tokens = new CustomerTokens(dir, login);
    await tokens.keep('https://identity.test', 'root');
  });
  afterEach(() => {
    tokens.stop();
    jest.useRealTimers();
    rmSync(dir, { recursive: true });
  });

  const kept = () => readFileSync(tokens.fileOf('marina'), 'utf8');

  it('are renewed before they end', async () => {
    await jest.advanceTimersByTimeAsync(HOUR / 2);
    expect(kept()).toBe(`marina at ${Date.now()}`);
  });

  it('are renewed within seconds when the machine has slept meanwhile', async () => {
    jest.setSystemTime(Date.now() + 10 * HOUR);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(kept()).toBe(`marina at ${Date.now()}`);
  });

  describe('when identity does not answer', () => {
    it('it is asked again', async () => {
      login.mockRejectedValueOnce(new Error('away'));
      await jest.advanceTimersByTimeAsync(HOUR / 2);
      expect(kept()).not.toBe(`marina at ${Date.now()}`);
      await jest.advanceTimersByTimeAsync(2_000);
      expect(kept()).toBe(`marina at ${Date.now()}`);
    });
  });

  it('are left alone once it is stopped', async () => {
    const last = kept();
    tokens.stop();
    await jest.advanceTimersByTimeAsync(HOUR);
    expect(kept()).toBe(last);
  });
});
