import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

/** A program that has compiled much, as a bundle with its bytecode has. At first it is busy, and then it has nothing to do. */
const PROGRAM = `
  import { forgetStart } from ${JSON.stringify(join(import.meta.dirname, 'forget-start.ts'))};
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Script } from 'node:vm';
  const body = 'let s = x; ' + 's = s * 3 + x; '.repeat(200) + 'return s;';
  const text = '[' + Array.from({ length: 2_000 }, (_, i) => '(x) => { const n = ' + i + '; ' + body + ' }').join(',') + ']';
  const functions = new Script(text).runInThisContext();
  const callAll = () => functions.map((one) => one(1)).length;
  const used = () => process.memoryUsage().heapUsed;
  callAll();
  globalThis.gc(); // what is garbage anyway is not the question
  const before = used();
  forgetStart();
  for (const until = performance.now() + 3_000; performance.now() < until; await sleep(1))
    for (const turn = performance.now() + 20; performance.now() < turn; );
  const busy = used();
  for (const until = performance.now() + 20_000; used() > 0.6 * before && performance.now() < until; ) await sleep(50);
  console.log(JSON.stringify({ before, busy, quiet: used(), called: callAll() }));
`;

describe('forgetStart', () => {
  let found: { before: number; busy: number; quiet: number; called: number };
  beforeAll(async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--input-type=module-typescript', '--eval', PROGRAM]);
    found = JSON.parse(stdout) as typeof found;
  });

  it('gives back the bytecode of what is not called any more', () => {
    expect(found.quiet).toBeLessThan(0.6 * found.before);
  });

  it('waits until there is nothing to do', () => {
    expect(found.busy).toBeGreaterThan(0.9 * found.before);
  });

  it('leaves everything callable', () => {
    expect(found.called).toBe(2_000);
  });
});
