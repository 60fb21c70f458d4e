import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { eachService } from '../../src/build/index.ts';

const NAMES = ['a', 'b', 'c', 'd', 'e'];

describe('eachService', () => {
  it('works on two at a time, and answers in the order of the names', async () => {
    let running = 0;
    const seen: number[] = [];
    const lengths = new Map(NAMES.map((name, index) => [name, NAMES.length - index]));
    const results = await eachService(NAMES, async (name) => {
      running += 1;
      seen.push(running);
      for (let turn = 0; turn < (lengths.get(name) ?? 0); turn += 1) await setImmediate();
      running -= 1;
      return name.toUpperCase();
    });
    expect(results).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(Math.max(...seen)).toBe(2);
  });

  it('begins nothing after a failure, waits for what runs, and throws the first', async () => {
    const [begun, ended]: [string[], string[]] = [[], []];
    const work = async (name: string): Promise<void> => {
      begun.push(name);
      if (name === 'a') throw new Error('a is broken');
      await setImmediate();
      ended.push(name);
      throw new Error(`${name} is broken as well`);
    };
    await expect(eachService(NAMES, work)).rejects.toThrow('a is broken');
    expect([begun, ended]).toEqual([['a', 'b'], ['b']]);
  });
});
