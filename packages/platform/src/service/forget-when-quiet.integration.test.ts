import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';

/**
 * A program that has compiled much, as a bundle with its bytecode has. At first it is busy, then it has nothing to do; then it leaves garbage behind,
 * is busy again, and has nothing to do once more.
 */
const PROGRAM = `
  import { forgetWhenQuiet } from ${JSON.stringify(join(import.meta.dirname, 'forget-when-quiet.ts'))};
  import { setTimeout as sleep } from 'node:timers/promises';
  import { Script } from 'node:vm';
  const body = 'let s = x; ' + 's = s * 3 + x; '.repeat(200) + 'return s;';
  const text = '[' + Array.from({ length: 2_000 }, (_, i) => '(x) => { const n = ' + i + '; ' + body + ' }').join(',') + ']';
  const functions = new Script(text).runInThisContext();
  const callAll = () => functions.map((one) => one(1)).length;
  const used = () => process.memoryUsage().heapUsed;
  const beBusy = async () => {
    for (const until = performance.now() + 1_200; performance.now() < until; await sleep(1))
      for (const turn = performance.now() + 20; performance.now() < turn; );
    return used();
  };
  const rest = async (goal) => {
    for (const until = performance.now() + 20_000; used() > goal && performance.now() < until; ) await sleep(50);
    return used();
  };
  callAll();
  globalThis.gc(); // what is garbage anyway is not the question
  const before = used();
  forgetWhenQuiet({ ms: 500, utilization: 0.5 });
  const start = { before, busy: await beBusy(), quiet: await rest(0.6 * before) };
  let garbage = Array.from({ length: 300_000 }, (_, i) => ({ i }));
  globalThis.gc(); // what has lived for a while is collected late
  const full = used();
  garbage = undefined;
  const later = { before: full, busy: await beBusy(), quiet: await rest(full - 6e6) };
  console.log(JSON.stringify({ start, later, called: callAll() }));
`;

type Used = Record<'before' | 'busy' | 'quiet', number>;

describe('forgetWhenQuiet', () => {
  let found: { start: Used; later: Used; called: number };
  beforeAll(async () => {
    // without V8's own collection after eight seconds in which nothing was allocated: a service always allocates a little
    const flags = ['--expose-gc', '--no-memory-reducer', '--input-type=module-typescript'];
    const { stdout } = await promisify(execFile)(process.execPath, [...flags, '--eval', PROGRAM]);
    found = JSON.parse(stdout) as typeof found;
  });

  it('gives back the bytecode of what is not called any more', () => {
    expect(found.start.quiet).toBeLessThan(0.6 * found.start.before);
  });

  it('gives back what was left behind since', () => {
    expect(found.later.quiet).toBeLessThan(found.later.before - 6e6);
  });

  it('waits until there is nothing to do, each time', () => {
    expect(found.start.busy).toBeGreaterThan(0.9 * found.start.before);
    expect(found.later.busy).toBeGreaterThan(found.later.before - 2e6);
  });

  it('leaves everything callable', () => {
    expect(found.called).toBe(2_000);
  });
});
