import { spawn, type ChildProcess } from 'node:child_process';
import { WatchedProcess } from '../develop/running-command.ts';

const CTRL_C = '\u0003';

/** A command as somebody types it: in a terminal of its own (script(1)), which gives Ctrl-C to all that runs in it. */
export class Terminal extends WatchedProcess {
  readonly #child: ChildProcess;

  constructor(command: string, options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv; readonly patience: number }) {
    const { cwd, env, patience } = options;
    const typed = `stty cols 200; exec ${command}`;
    const child = spawn('script', ['--quiet', '--return', '--command', typed, '/dev/null'], { cwd, env, stdio: 'pipe' });
    super(child, patience);
    this.#child = child;
  }

  pressCtrlC(): void {
    this.#child.stdin?.write(CTRL_C);
  }

  /** Ends what still runs in it. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.pressCtrlC();
    await this.exited;
  }
}
