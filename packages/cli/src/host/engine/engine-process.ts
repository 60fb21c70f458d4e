import { spawn } from 'node:child_process';
import { openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { processStart } from '../../../bin/process-lock.mjs';
import { recordChange } from '../host-record.ts';

/**
 * Starts the engine detached, so that it lives on when this command ends; with nothing of this command's environment but what it needs.
 * It is noted before it answers: an interruption leaves none that `npm run clean` does not know.
 * @returns how it ended, or undefined while it runs
 */
export function spawnEngine(program: string, logFile: string, record?: string): () => string | undefined {
  const log = openSync(logFile, 'w', 0o600);
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const child = spawn(program, [], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    env: { PATH: path, HOME: process.env['HOME'] ?? '/root' },
  });
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `${program} ended with ${signal ?? `code ${code}`}`));
  child.unref();
  if (child.pid !== undefined) recordChange({ engine: { pid: child.pid, started: processStart(child.pid) ?? '' } }, record);
  return () => ended;
}

/**
 * dockerd refuses to start while the pid in its note belongs to any living process, though it be another program by now.
 * `notes`: which program noted its pid in which file
 */
export function removeStaleNotes(notes: Readonly<Record<string, string>>): void {
  for (const [file, program] of Object.entries(notes)) {
    try {
      const pid = Number(readFileSync(file, 'utf8'));
      if (commandOf(String(pid)) !== program) rmSync(file);
    } catch {
      // no note
    }
  }
}

/** Of a process that lives. */
export function pidOf(program: string): number | undefined {
  const pid = readdirSync('/proc').find((name) => /^\d+$/.test(name) && commandOf(name) === program);
  return pid === undefined ? undefined : Number(pid);
}

/** Undefined when it is gone, or dead and only waiting for a parent that never asks: many a container's first process does not. */
function commandOf(pid: string): string | undefined {
  try {
    const [, command, state] = /^\d+ \((.*)\) (\S)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    return state === 'Z' || state === 'X' ? undefined : command;
  } catch {
    return undefined;
  }
}
