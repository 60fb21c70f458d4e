import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { onInterrupt } from '../host/interrupt.ts';
import { duration } from '../ui/duration.ts';

/** A bound for what hangs: the first answer of stores that start on a busy machine takes half a minute. */
const PATIENCE_MS = 180_000;
const PRELOAD = pathToFileURL(join(import.meta.dirname, '../develop/end-with-parent.mjs')).href;

/** A command of a clone that goes on until it is told to end, and says something after each change. It ends with this process. */
export class WatchingCommand {
  readonly #words: readonly string[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #forget: () => void;
  readonly #listeners = new Set<(line: string) => void>();
  readonly #lines: string[] = [];

  constructor(root: string, words: readonly string[], environment: Readonly<Record<string, string>>) {
    this.#words = words;
    const main = join(root, 'packages/cli/src/main.ts');
    this.#child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', PRELOAD, main, ...words], {
      cwd: root,
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#ended = new Promise((settle) => this.#child.once('close', () => settle()));
    this.#forget = onInterrupt(() => void this.#child.kill('SIGTERM'));
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => this.#hear(line));
    }
  }

  /** The next line with this in it. @throws when the command ends before, or says nothing of it for too long */
  async says(pattern: RegExp): Promise<string> {
    const missing = (found: string): Error =>
      new Error(`expected ${this.#words.join(' ')} to say ${pattern}, found ${found}:\n${this.#lines.slice(-12).join('\n')}`);
    let listener: ((line: string) => void) | undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((settle, refuse) => {
        listener = (line) => pattern.test(line) && settle(line);
        this.#listeners.add(listener);
        timer = setTimeout(() => refuse(missing(`nothing of it within ${duration(PATIENCE_MS)}`)), PATIENCE_MS);
        void this.#ended.then(() => refuse(missing('that it ended')));
      });
    } finally {
      clearTimeout(timer);
      if (listener) this.#listeners.delete(listener);
    }
  }

  /** In order: what it started goes with it. */
  async end(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#ended;
    this.#forget();
  }

  #hear(line: string): void {
    this.#lines.push(line);
    for (const listener of this.#listeners) listener(line);
  }
}
