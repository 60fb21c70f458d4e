import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { withRunLock } from '../../src/host/run-lock.ts';

const SOURCE = join(import.meta.dirname, '../../src/host');
const FLAGS = ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval'];
/** Its work ends at once when it is interrupted; what it undoes takes longer. */
const INTERRUPTED = `
  import { existsSync } from 'node:fs';
  import { setTimeout as sleep } from 'node:timers/promises';
  import { interrupted, listenForInterrupts, onInterrupt } from ${JSON.stringify(join(SOURCE, 'interrupt.ts'))};
  import { withRunLock } from ${JSON.stringify(join(SOURCE, 'run-lock.ts'))};
  listenForInterrupts();
  setInterval(() => {}, 1000);
  let ended = () => {};
  const workEnded = new Promise((settle) => (ended = settle));
  const work = withRunLock('npm start', async () => {
    onInterrupt(async () => {
      await workEnded;
      await sleep(20);
      console.log('undone, held: ' + existsSync(process.env.LOCK));
    });
    console.log('begun');
    await sleep(600_000, undefined, { signal: interrupted });
  }, process.env.LOCK);
  await work.catch(() => console.log('work has ended'));
  ended();
`;

describe('withRunLock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-lock-'));
    path = join(folder, 'state/lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is held while the work runs, and released afterwards', async () => {
    const inside = await withRunLock('npm start', async () => existsSync(path), path);
    expect(inside).toBe(true);
    expect(existsSync(path)).toBe(false);
  });

  it('is released when the work fails', async () => {
    await expect(withRunLock('npm start', () => Promise.reject(new Error('no')), path)).rejects.toThrow('no');
    expect(existsSync(path)).toBe(false);
  });

  describe('when it is interrupted', () => {
    it('is held until everything is undone, also when the work ends before', async () => {
      const command = spawn(process.execPath, [...FLAGS, INTERRUPTED], {
        env: { ...process.env, NODE_OPTIONS: '', LOCK: path },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const lines: string[] = [];
      createInterface({ input: command.stdout }).on('line', (line) => {
        lines.push(line);
        if (line === 'begun') command.kill('SIGINT');
      });
      expect(await once(command, 'close')).toEqual([130, null]);
      expect(lines).toEqual(['begun', 'work has ended', 'undone, held: true']);
      expect(existsSync(path)).toBe(false);
    });
  });

  describe('when another command runs', () => {
    it('refuses with BUSY, and names it and its process', async () => {
      const second = withRunLock('npm start', () => withRunLock('npm stop', async () => 1, path), path);
      await expect(second).rejects.toMatchObject({ code: 'BUSY', found: `npm start (pid ${process.pid})` });
    });
  });

  describe('when the process that held it is gone', () => {
    it('takes it', async () => {
      await withRunLock('make the folder', async () => undefined, path);
      const child = spawn('true');
      await new Promise((settle) => child.on('exit', settle));
      writeFileSync(path, JSON.stringify({ pid: child.pid, started: '1', purpose: 'npm start' }));
      await expect(withRunLock('npm start', async () => 'done', path)).resolves.toBe('done');
    });
  });

  describe('when its pid belongs to another process by now', () => {
    it('takes it', async () => {
      await withRunLock('make the folder', async () => undefined, path);
      writeFileSync(path, JSON.stringify({ pid: process.ppid, started: 'before that', purpose: 'npm start' }));
      await expect(withRunLock('npm start', async () => 'done', path)).resolves.toBe('done');
    });
  });

  describe('when the process that held it is dead, and nobody asks how it ended', () => {
    it('takes it', async () => {
      await withRunLock('make the folder', async () => undefined, path);
      // the shell becomes a program that never asks after the child that it had; as a shell it would have asked
      const parent = spawn('sh', ['-c', 'sleep 300 & cat /proc/$!/stat; exec sleep 300'], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        const [stat] = (await once(parent.stdout, 'data')) as [Buffer];
        const fields = stat.toString().split(' ');
        const pid = Number(fields[0]);
        await waitFor(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
        process.kill(pid);
        await waitFor(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
        writeFileSync(path, JSON.stringify({ pid, started: fields[21], purpose: 'npm start' }));
        await expect(withRunLock('npm start', async () => 'done', path)).resolves.toBe('done');
      } finally {
        parent.kill();
      }
    });
  });

  describe('when a full disk cut it short', () => {
    it('takes it', async () => {
      await withRunLock('make the folder', async () => undefined, path);
      writeFileSync(path, '');
      await expect(withRunLock('npm start', async () => 'done', path)).resolves.toBe('done');
    });
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(10);
}
