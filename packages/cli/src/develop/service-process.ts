import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ServiceProcessOptions {
  readonly mainFile: string;
  /** flags of Node */
  readonly flags?: readonly string[];
  /** arguments of the service */
  readonly words?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine: (line: string) => void;
  /** called when it listens at the port that its environment names, whatever it logs */
  readonly onListening?: () => void;
}

/** What a service of this stack gets for its drain, in ms; a reload waits for it. */
export const GRACE_MS = 1000;
/** After that it is stuck, at a breakpoint perhaps. */
const KILL_AFTER_MS = GRACE_MS + 300;
/** Node's words when a process has ended and only a debugger holds it. */
const HELD_BY_DEBUGGER = 'Waiting for the debugger to disconnect';

const PRELOADED = ['end-with-parent.mjs', 'tell-listening.mjs'].flatMap((file) => [
  '--import',
  pathToFileURL(join(import.meta.dirname, file)).href,
]);

/** One run of a service, in a process of its own, with source maps. */
export class ServiceProcess {
  readonly #child: ChildProcess;
  /** 0, 1, 78 …, or the signal that ended it */
  readonly ended: Promise<number | NodeJS.Signals>;

  constructor({ mainFile, flags = [], words = [], environment, onLine, onListening }: ServiceProcessOptions) {
    this.#child = spawn(process.execPath, ['--enable-source-maps', ...flags, ...PRELOADED, mainFile, ...words], {
      env: { ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#child.once('message', () => onListening?.());
    this.ended = new Promise((settle) => this.#child.once('close', (code, signal) => settle(signal ?? code ?? 1)));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#hear(line, onLine));
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Asks it to drain, waits for that, and ends it where it does not. */
  async drain(): Promise<void> {
    this.#child.kill('SIGTERM');
    const outcome = await Promise.race([this.ended, sleep(KILL_AFTER_MS, 'late' as const, { ref: false })]);
    if (outcome === 'late') this.#child.kill('SIGKILL');
    await this.ended;
  }

  #hear(line: string, onLine: (line: string) => void): void {
    if (line.includes(HELD_BY_DEBUGGER)) this.#child.kill('SIGKILL');
    else onLine(line);
  }
}
