import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const MODULE = pathToFileURL(join(import.meta.dirname, '../src/logging/standard-output.ts')).href;
/** What each write takes here; lines wait for 50 ms at most. */
const SLOW_MS = 80;
/** So long after the last one was written, nothing more is to come. */
const QUIET_MS = 200;
/** Somebody who writes without end. */
const MOST_CALLS = 9;

describe('standard output', () => {
  it('is written to when there are lines, and left alone when there are none', () => {
    const { written, calls } = run(`output.write('one\\n');`);
    expect(written).toBe('one\n');
    // the second finds that nothing is left
    expect(calls).toBeLessThanOrEqual(2);
  });

  it('has all of much that was said at once, though nothing is said afterwards', () => {
    const { written } = run(`for (let line = 0; line < 1_000; line += 1) output.write(line + ' '.repeat(20) + '\\n');`);
    expect(written.split('\n').slice(-2)).toEqual([`999${' '.repeat(20)}`, '']);
    expect(written.split('\n')).toHaveLength(1_001);
  });

  it('has what was said while a slow reader had it wait', () => {
    const { written } = run(`output.write('x'.repeat(9_000)); setImmediate(() => output.write('late\\n'));`);
    expect(written.endsWith('xlate\n')).toBe(true);
  });
});

/** A process that says something, lives on until nothing more is written, and ends without another chance to write. */
function run(says: string): { written: string; calls: number } {
  const program = `
    import fs from 'node:fs';
    const { write } = fs;
    let calls = 0;
    const end = () => {
      fs.writeSync(2, String(calls));
      process.kill(process.pid, 'SIGKILL');
    };
    let quiet;
    fs.write = (...words) => {
      const done = words.pop();
      clearTimeout(quiet);
      if ((calls += 1) > ${MOST_CALLS}) end();
      const written = (...outcome) => {
        quiet = setTimeout(end, ${QUIET_MS});
        done(...outcome);
      };
      setTimeout(() => write(...words, written), ${SLOW_MS});
    };
    const { standardOutput } = await import('${MODULE}');
    const output = standardOutput();
    quiet = setTimeout(end, ${QUIET_MS});
    ${says}`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', program];
  try {
    execFileSync(process.execPath, flags, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return { written: stdout, calls: Number(stderr) };
  }
  throw new Error('expected a process that is killed, found one that ended');
}
