import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Of a second; what /proc counts processor time in. */
const TICK_MS = 10;

/** A service under load: a process kept on one core, whose log is read and counted. */
export class BenchServer {
  readonly name: string;
  /** lines of its log that tell of a request */
  requestLines = 0;
  port = 0;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  static async start(name: string, program: string, environment: Record<string, string>, core: string): Promise<BenchServer> {
    const server = new BenchServer(name, program, environment, core);
    await server.#listening();
    return server;
  }

  private constructor(name: string, program: string, environment: Record<string, string>, core: string) {
    this.name = name;
    this.#child = spawn('taskset', ['-c', core, process.execPath, program], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] });
    this.#gone = new Promise((resolve) => this.#child.once('exit', () => resolve()));
  }

  /** Milliseconds of processor time so far, of all of its threads. */
  get processorTime(): number {
    const fields = readFileSync(`/proc/${this.#child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    await this.#gone;
  }

  async #listening(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      let rest = '';
      this.#child.stdout?.on('data', (chunk: Buffer) => {
        const lines = (rest + chunk.toString('latin1')).split('\n');
        rest = lines.pop() ?? '';
        for (const line of lines) {
          if (line.includes('"msg":"request"')) this.requestLines += 1;
          else if (line.includes('"msg":"listening"')) {
            this.port = (JSON.parse(line) as { port: number }).port;
            resolve();
          }
        }
      });
      void this.#gone.then(() => reject(new Error(`expected ${this.name} to listen, found that it has ended`)));
    });
  }
}
