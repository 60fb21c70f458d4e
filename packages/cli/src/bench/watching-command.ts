import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { onInterrupt } from '../host/interrupt.ts';

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

  /** The next line with this in it. @throws when the command ends before */
  async says(pattern: RegExp): Promise<string> {
    const said = new Promise<string>((settle) => {
      const listener = (line: string): void => {
        if (!pattern.test(line)) return;
        this.#listeners.delete(listener);
        settle(line);
      };
      this.#listeners.add(listener);
    });
    const ended = this.#ended.then(() => {
      throw new Error(`expected ${this.#words.join(' ')} to say ${pattern}, found that it ended:\n${this.#lines.slice(-12).join('\n')}`);
    });
    return Promise.race([said, ended]);
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
