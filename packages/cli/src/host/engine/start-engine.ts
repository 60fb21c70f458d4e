import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../errors.ts';
import { runCommand, type CommandRunner } from '../command.ts';
import { interrupted } from '../interrupt.ts';
import { pidOf, removeStaleNotes, spawnEngine } from './engine-process.ts';
import { findEngine, type Engine } from './engine.ts';

/** The first start of an engine makes its store; on a slow disk that takes a while. Milliseconds. */
const PATIENCE_MS = 60_000;
const POLL_MS = 200;
const LAST_LINES = 10;
const JOURNAL = 'journalctl -u docker --no-pager -n 30';
/** What a command ends with that was told to: 128 + SIGTERM. */
const ENDED = 143;
/** Where the engine and its helper note their own process; a killed one leaves the note behind. */
const NOTES = { '/var/run/docker.pid': 'dockerd', '/var/run/docker/containerd/containerd.pid': 'containerd' };

/** Starts the engine that is installed: by systemd where that runs the machine, else in a session of its own. Waits until it answers. */
export async function startEngine(logFile: string): Promise<Engine> {
  if (existsSync('/run/systemd/system')) return startWithSystemd();
  removeStaleNotes(NOTES);
  const running = pidOf('dockerd');
  if (running !== undefined)
    return awaitEngine(
      () => undefined,
      () => `dockerd (pid ${running}) runs and does not answer`,
    );
  return awaitEngine(spawnEngine('dockerd', logFile), () => tail(logFile));
}

/**
 * Has systemd start the engine, and waits until it answers; each may take `patience`, in milliseconds.
 * @throws UserError ENGINE_UNREACHABLE
 */
export async function startWithSystemd(run: CommandRunner = runCommand, patience: number = PATIENCE_MS): Promise<Engine> {
  const { code, stderr } = await run('systemctl', ['start', 'docker.service'], { timeout: patience });
  if (code !== 0) {
    const what = `systemctl start docker.service ended with ${code}`;
    throw failed(stderr.trim() || (code === ENDED ? `${what}: it was not done within ${patience / 1000} s` : what), JOURNAL);
  }
  return awaitEngine(
    () => undefined,
    () => `systemd started it, and it does not answer; ${JOURNAL} says more`,
    patience,
  );
}

async function awaitEngine(ended: () => string | undefined, details: () => string, patience = PATIENCE_MS): Promise<Engine> {
  const deadline = performance.now() + patience;
  while (performance.now() < deadline) {
    const { engine } = await findEngine();
    if (engine) return engine;
    const end = ended();
    if (end) throw failed(`${end}: ${details()}`);
    await wait(POLL_MS, undefined, { signal: interrupted });
  }
  throw failed(`no answer within ${patience / 1000} s: ${details()}`);
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
