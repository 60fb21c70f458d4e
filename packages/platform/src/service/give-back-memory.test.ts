import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

/** A program that has compiled much, as a bundle with its bytecode has. At first it is busy, then it has nothing to do, twice. */
const PROGRAM = `
  import { giveBackMemory } from ${JSON.stringify(join(import.meta.dirname, 'give-back-memory.ts'))};
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Script } from 'node:vm';
  const body = 'let s = x; ' + 's = s * 3 + x; '.repeat(200) + 'return s;';
  const text = '[' + Array.from({ length: 2_000 }, (_, i) => '(x) => { const n = ' + i + '; ' + body + ' }').join(',') + ']';
  const functions = new Script(text).runInThisContext();
  const callAll = () => functions.map((one) => one(1)).length;
  const used = () => process.memoryUsage().heapUsed;
  const stayBusy = async () => {
    for (const until = performance.now() + 2_200; performance.now() < until; await sleep(1))
      for (const turn = performance.now() + 20; performance.now() < turn; );
    return used();
  };
  const awaitLess = async (bytes) => {
    for (const until = performance.now() + 20_000; used() > bytes && performance.now() < until; ) await sleep(50);
    return used();
  };
  callAll();
  globalThis.gc(); // what is garbage anyway is not the question
  const before = used();
  giveBackMemory();
  const busy = await stayBusy();
  const quiet = await awaitLess(0.6 * before);
  const called = callAll();
  const compiled = used();
  let litter = Array.from({ length: 400_000 }, (_, i) => ({ i }));
  litter = undefined; // without a collection, after which V8 might look by itself once more
  const littered = await stayBusy();
  const later = await awaitLess(compiled + 1_000_000);
  console.log(JSON.stringify({ before, busy, quiet, called, compiled, littered, later }));
`;

describe('giveBackMemory', () => {
  let found: Record<'before' | 'busy' | 'quiet' | 'called' | 'compiled' | 'littered' | 'later', number>;
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      '--no-memory-reducer',
      '--input-type=module-typescript',
      '--eval',
      PROGRAM,
    ]);
    found = JSON.parse(stdout) as typeof found;
  });

  it('gives back the bytecode of what is not called any more', () => {
    expect(found.quiet).toBeLessThan(0.6 * found.before);
  });

  it('waits until there is nothing to do', () => {
    expect(found.busy).toBeGreaterThan(0.9 * found.before);
    expect(found.littered).toBeGreaterThan(found.compiled + 8_000_000);
  });

  it('leaves everything callable', () => {
    expect(found.called).toBe(2_000);
  });

  it('gives back later garbage, and leaves bytecode where it is', () => {
    expect(found.later).toBeLessThan(found.compiled + 1_000_000);
    expect(found.later).toBeGreaterThan(0.9 * found.compiled);
  });
});
