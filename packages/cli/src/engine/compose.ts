import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';

/** Runs compose for one copy of the platform. Its output goes to the copy's `compose.log`; a failure carries the last lines of it. */
export class Compose {
  readonly #instance: Instance;
  readonly #command: readonly string[];
  readonly #overlays: readonly string[];

  /** `command` starts compose v2, such as `['docker', 'compose']`; `overlays` are further compose files, later ones win. */
  constructor(instance: Instance, command: readonly string[], overlays: readonly string[] = []) {
    this.#instance = instance;
    this.#command = command;
    this.#overlays = overlays;
  }

  /** Brings services up without ever pulling or building. */
  async up(services: readonly string[], flags: readonly string[] = []): Promise<void> {
    await this.run(['up', '--detach', '--no-build', '--pull', 'never', ...flags, ...services]);
  }

  async down(flags: readonly string[] = []): Promise<void> {
    await this.run(['down', '--remove-orphans', ...flags]);
  }

  /** Returns what compose printed to its standard output. */
  async run(words: readonly string[]): Promise<string> {
    const { root, stateDir, project } = this.#instance;
    const files = [join(root, 'compose.yaml'), ...this.#overlays].flatMap((file) => ['--file', file]);
    const [program, ...first] = this.#command as [string, ...string[]];
    const log = createWriteStream(join(stateDir, 'compose.log'), { flags: 'a' });
    const child = spawn(
      program,
      [...first, '--project-name', project, '--env-file', join(stateDir, 'compose.env'), '--progress', 'plain', ...files, ...words],
      {
        cwd: root,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => {
      errors += chunk.toString();
      log.write(chunk);
    });
    const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
    log.end();
    if (code !== 0) throw new ComposeError(words[0] ?? '', code, errors);
    return output;
  }
}

export class ComposeError extends Error {
  readonly code = 'COMPOSE_FAILED';
  constructor(verb: string, exit: number | null, output: string) {
    const tail = output.trim().split('\n').slice(-12).join('\n');
    super(`expected compose ${verb} to succeed, found exit code ${exit}; it said:\n${tail}`);
  }
}
