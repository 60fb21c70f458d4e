import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { pidOf, removeStaleNotes, spawnEngine } from '../../src/host/engine/engine-process.ts';
import { readHostRecord } from '../../src/host/host-record.ts';
import { stopOwnEngine } from '../../src/remove/remove-host-changes.ts';

describe('the process of an engine', () => {
  let folder: string;
  let note: string;
  /** a program of a name that no other process has */
  const name = `engine-${process.pid}`;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'seaworthy-engine-'));
    note = join(folder, 'engine.pid');
    copyFileSync('/bin/sleep', join(folder, name));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const isNoted = (program: string, pid: number | undefined): boolean => {
    writeFileSync(note, `${pid}\n`);
    removeStaleNotes({ [note]: program });
    return existsSync(note);
  };

  it('keeps its note while it lives, and is found', async () => {
    const engine = spawn(join(folder, name), ['300']);
    await once(engine, 'spawn');
    expect(pidOf(name)).toBe(engine.pid);
    expect(isNoted(name, engine.pid)).toBe(true);
    engine.kill();
    await once(engine, 'exit');
    expect(pidOf(name)).toBeUndefined();
  });

  it('loses its note when it was killed, so that another can start', async () => {
    const engine = spawn(join(folder, name), ['300']);
    engine.kill('SIGKILL');
    await once(engine, 'exit');
    expect(isNoted(name, engine.pid)).toBe(false);
  });

  it('loses its note when its number is another program’s by now', () => {
    expect(isNoted('dockerd', process.pid)).toBe(false);
  });

  it('loses its note when it is dead, and nobody asks how it ended', async () => {
    // the shell becomes a program that never asks after the child that it had; as a shell it would have asked
    const parent = spawn('sh', ['-c', `${join(folder, name)} 300 & echo $!; exec sleep 300`], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [line] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(line.toString());
      await until(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8') === 'sleep\n');
      await until(() => pidOf(name) === pid);
      process.kill(pid, 'SIGKILL');
      await until(() => readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z '));
      expect(pidOf(name)).toBeUndefined();
      expect(isNoted(name, pid)).toBe(false);
    } finally {
      parent.kill();
    }
  });

  it('needs no note', () => {
    expect(() => removeStaleNotes({ [join(folder, 'none')]: 'dockerd' })).not.toThrow();
  });

  describe('when it was just started', () => {
    it('is noted for clean at once, whether it ever answers or not', async () => {
      const program = join(folder, 'dockerd');
      writeFileSync(program, '#!/bin/sh\nexec sleep 300\n', { mode: 0o755 });
      const record = join(folder, 'host.json');
      const ended = spawnEngine(program, join(folder, 'log'), record);
      const noted = readHostRecord(record);
      await expect(stopOwnEngine(noted)).resolves.toMatch(/^stopped/);
      await until(() => ended() !== undefined);
      expect(ended()).toContain('SIGTERM');
    });

    it('is not noted when there is no such program', async () => {
      const record = join(folder, 'host.json');
      const ended = spawnEngine(join(folder, 'none'), join(folder, 'log'), record);
      await until(() => ended() !== undefined);
      expect(ended()).toContain('ENOENT');
      expect(readHostRecord(record)).toEqual({});
    });
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(10);
}
