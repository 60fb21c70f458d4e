import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processStart, takeLock } from '../../bin/process-lock.mjs';

const LOCK = join(import.meta.dirname, '../../bin/process-lock.mjs');

describe('takeLock', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-lock-'));
    path = join(folder, 'lock');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A pid of a process that has ended. */
  const deadHolder = () => JSON.stringify({ pid: spawnSync('true').pid, started: '1', purpose: 'npm start' });
  const mine = (purpose: string) => JSON.stringify({ pid: process.pid, started: processStart(process.pid), purpose });

  it('leaves nothing beside a lock that it has taken over', () => {
    writeFileSync(path, deadHolder());
    const lock = takeLock(path, 'npm stop');
    expect(readdirSync(folder)).toEqual(['lock']);
    lock.release?.();
    expect(readdirSync(folder)).toEqual([]);
  });

  describe('when another command takes over the same stale lock first', () => {
    it('leaves it to that one', async () => {
      // who reads a pipe waits for its writer: so the other command comes exactly between the look at the holder and what follows from it
      spawnSync('mkfifo', [path]);
      const program = `import { takeLock } from '${LOCK}'; console.log(JSON.stringify(takeLock('${path}', 'npm stop')))`;
      const slow = spawn(process.execPath, ['--input-type=module', '--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
      const answer = text(slow.stdout);
      const pipe = await open(path, 'w'); // opens as soon as it is read
      renameSync(path, `${path}.pipe`);
      writeFileSync(path, mine('npm start'));
      await pipe.writeFile(deadHolder());
      await pipe.close();
      expect(JSON.parse(await answer)).toMatchObject({ holder: { pid: process.pid, purpose: 'npm start' } });
      expect(readFileSync(path, 'utf8')).toBe(mine('npm start'));
    });
  });

  describe('when another command is about to take over the same stale lock', () => {
    it('leaves it to that one', () => {
      writeFileSync(path, deadHolder());
      writeFileSync(`${path}.stale`, mine('npm start'));
      expect(takeLock(path, 'npm stop')).toMatchObject({ holder: { pid: process.pid, purpose: 'npm start' } });
    });
  });

  describe('when who was about to take it over was killed', () => {
    it('takes it', () => {
      writeFileSync(path, deadHolder());
      writeFileSync(`${path}.stale`, deadHolder());
      expect(takeLock(path, 'npm stop').release).toBeDefined();
      expect(existsSync(`${path}.stale`)).toBe(false);
    });
  });
});
