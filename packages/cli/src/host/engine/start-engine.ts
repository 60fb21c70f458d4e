import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { runCommand, type CommandRunner } from '../command.ts';
import { recordChange } from '../host-record.ts';
import { interrupted } from '../interrupt.ts';
import { processStart } from '../../../bin/process-lock.mjs';
import { findEngine, type Engine } from './engine.ts';

/** The first start of an engine makes its store; on a slow disk that takes a while. Milliseconds. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;
const LAST_LINES = 10;
/** Where the engine and its helper note their own process; a killed one leaves the note behind. */
const NOTES = { '/var/run/docker.pid': 'dockerd', '/var/run/docker/containerd/containerd.pid': 'containerd' };

/** Starts the engine that is installed: by systemd where that runs the machine, else in a session of its own. Waits until it answers. */
export async function startEngine(logFile: string, run: CommandRunner = runCommand): Promise<Engine> {
  if (existsSync('/run/systemd/system')) return startWithSystemd(run);
  for (const [file, program] of Object.entries(NOTES)) removeStaleNote(file, program);
  const running = pidOf('dockerd');
  if (running !== undefined)
    return awaitEngine(
      () => undefined,
      () => `dockerd (pid ${running}) runs and does not answer`,
    );
  return startInOwnSession(logFile);
}

async function startWithSystemd(run: CommandRunner): Promise<Engine> {
  const { code, stderr } = await run('systemctl', ['start', 'docker.service'], { timeout: PATIENCE_MS });
  if (code !== 0) throw failed(stderr.trim(), 'journalctl -u docker --no-pager -n 30');
  return awaitEngine(
    () => undefined,
    () => 'systemd started it, and it does not answer',
  );
}

/** Detached, so that it lives on when this command ends; with nothing of this command's environment but what it needs. */
async function startInOwnSession(logFile: string): Promise<Engine> {
  const log = openSync(logFile, 'w', 0o600);
  const path = `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;
  const child = spawn('dockerd', [], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log],
    env: { PATH: path, HOME: process.env['HOME'] ?? '/root' },
  });
  let ended: string | undefined;
  child.on('error', (error) => (ended = error.message));
  child.on('exit', (code, signal) => (ended = `dockerd ended with ${signal ?? `code ${code}`}`));
  child.unref();
  const engine = await awaitEngine(
    () => ended,
    () => tail(logFile),
  );
  if (child.pid !== undefined) recordChange({ engine: { pid: child.pid, started: processStart(child.pid) ?? '' } });
  return engine;
}

async function awaitEngine(ended: () => string | undefined, details: () => string): Promise<Engine> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const { engine } = await findEngine();
    if (engine) return engine;
    const end = ended();
    if (end) throw failed(`${end}: ${details()}`);
    await wait(POLL_MS, undefined, { signal: interrupted });
  }
  throw failed(`no answer within ${PATIENCE_MS / 1000} s: ${details()}`);
}

function failed(
  found: string,
  remedy = 'mend what it says (often: not enough rights inside another container, or a kernel without overlay or iptables), and start again',
): UserError {
  return new UserError({
    code: 'ENGINE_UNREACHABLE',
    message: 'The container engine did not start',
    expected: 'dockerd to answer',
    found,
    remedy,
  });
}

function tail(file: string): string {
  const lines = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('level=info'))
    .slice(-LAST_LINES);
  return `the end of ${file} says\n           ${lines.join('\n           ')}`;
}

/** dockerd refuses to start while the pid in its note belongs to any living process, though it be another program by now. */
function removeStaleNote(file: string, program: string): void {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    if (commandOf(String(pid)) !== program) rmSync(file);
  } catch {
    // no note
  }
}

function pidOf(program: string): number | undefined {
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
