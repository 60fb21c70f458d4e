import { spawn } from 'node:child_process';
import { interrupted, onInterrupt } from './interrupt.ts';

/** What a shell ends with as well. */
export const NO_SUCH_COMMAND = 127;

export interface CommandResult {
  /** NO_SUCH_COMMAND when there is none; 128 + signal when one ended it */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** written to its standard input */
  readonly input?: string | Buffer;
  /** milliseconds, after which it is killed */
  readonly timeout?: number;
  /** called with each complete line of standard output and error */
  readonly onLine?: (line: string) => void;
  /** it changes the machine, and must not be cut off: the terminal's Ctrl-C does not reach it; it is asked to end, and waited for */
  readonly finish?: boolean;
  /** it is a command of this project, which undoes what it began: the terminal's Ctrl-C reaches it as well; it is asked to end, and waited for */
  readonly undoes?: boolean;
  /** the command's output goes straight to the user */
  readonly inherit?: boolean;
}

/** A program that must not be cut off may take that long after Ctrl-C, in milliseconds; a second Ctrl-C ends the wait. */
const FINISH_MS = 300_000;

/** Runs a program, never through a shell. What decides takes one of these as a parameter, so that a test can answer in its place. */
export type CommandRunner = (command: string, args: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

/** The real one. It does not throw for an exit code other than 0; the child is ended when the user interrupts. */
export const runCommand: CommandRunner = (command, args, options = {}) =>
  new Promise((settle) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env,
      timeout: options.timeout,
      detached: options.finish ?? false,
      stdio: options.inherit ? 'inherit' : ['pipe', 'pipe', 'pipe'],
    });
    const closed = new Promise<void>((done) => child.once('close', () => done()));
    const isAwaited = options.finish || options.undoes;
    const forget = isAwaited ? onInterrupt(askToEnd, FINISH_MS) : onInterrupt(() => void child.kill('SIGTERM'));
    async function askToEnd(): Promise<void> {
      child.kill(options.undoes ? 'SIGTERM' : 'SIGINT'); // a second SIGINT, late on a busy machine, would end one of ours at once
      await closed;
    }
    const stdout = collect(child.stdout, options.onLine);
    const stderr = collect(child.stderr, options.onLine);
    child.stdin?.on('error', () => {}); // a program that ends early closes its input: its exit code tells
    child.stdin?.end(options.input);
    child.on('error', (error) => {
      forget();
      settle({ code: NO_SUCH_COMMAND, stdout: '', stderr: error.message });
    });
    child.on('close', (code, signal) => {
      if (isAwaited && interrupted.aborted) return; // the interruption ends this process: nothing that comes after the child is begun
      forget();
      settle({ code: code ?? (signal === 'SIGKILL' ? 137 : 143), stdout: stdout(), stderr: stderr() });
    });
  });

function collect(stream: NodeJS.ReadableStream | null, onLine?: (line: string) => void): () => string {
  const chunks: string[] = [];
  let rest = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push(chunk);
    if (!onLine) return;
    const lines = (rest + chunk).split(/\r?\n/);
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
  });
  return () => chunks.join('');
}
