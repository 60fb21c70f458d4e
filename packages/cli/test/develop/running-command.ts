import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const PATIENCE_MS = 240_000;

/** What a process prints, as it comes. */
export class WatchedProcess {
  readonly #child: ChildProcess;
  readonly #patience: number;
  /** all that it has printed */
  output = '';
  #tell: () => void = () => undefined;
  #more = new Promise<void>((settle) => (this.#tell = settle));
  readonly exited: Promise<number | null>;

  /** @param patience how long `says` waits, in milliseconds */
  constructor(child: ChildProcess, patience = PATIENCE_MS) {
    this.#child = child;
    this.#patience = patience;
    this.exited = new Promise((settle) => this.#child.once('exit', settle));
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (chunk) => this.#hear(String(chunk)));
  }

  #hear(text: string): void {
    this.output += text;
    this.#tell();
    this.#more = new Promise((settle) => (this.#tell = settle));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What the output holds by this pattern, the `count`th time, awaited. @throws when the process ends before, or says nothing of it for too long */
  async says(pattern: RegExp, count = 1): Promise<RegExpMatchArray> {
    const late = delay(this.#patience, undefined, { ref: false }).then(() => {
      throw new Error(`expected ${pattern} ${count} times within ${this.#patience / 1000} s, found:\n${this.output}`);
    });
    late.catch(() => undefined);
    for (;;) {
      const found = [...this.output.matchAll(new RegExp(pattern, 'gm'))][count - 1];
      if (found) return found;
      await Promise.race([
        this.#more,
        late,
        this.exited.then((code) => {
          throw new Error(`expected ${pattern} ${count} times, found exit ${code} and:\n${this.output}`);
        }),
      ]);
    }
  }

  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Without a chance to tidy up. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** A command of the project, in a process of its own, as a user would run it. */
export class RunningCommand extends WatchedProcess {
  constructor(root: string, words: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    const main = join(root, 'packages/cli/src/main.ts');
    super(
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...words], {
        cwd: root,
        // jest's own options are not the command's
        env: { ...process.env, NODE_OPTIONS: '', ...environment },
        stdio: ['pipe', 'pipe', 'pipe'],
      }),
    );
  }
}
