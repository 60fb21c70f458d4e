import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { runCommand } from '../host/command.ts';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';

const TAIL_LINES = 12;

/** Runs compose for one copy of the platform, as the commit's compose.yaml has it, never the working tree's. What it says goes to the copy's `compose.log`. */
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

  /** As compose labels containers with them, by service: the same hash is the same configuration. */
  async hashes(services: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const lines = (await this.run(['config', '--hash', services.join(',')])).trim().split('\n');
    return new Map(lines.map((line) => line.trim().split(/\s+/)).map(([name = '', hash = '']) => [name, hash]));
  }

  /** Returns what compose printed to its standard output. @throws UserError with the last lines of what it said */
  async run(words: readonly string[]): Promise<string> {
    const { stateDir, project } = this.#instance;
    const source = checkoutDir(this.#instance);
    const files = [join(source, 'compose.yaml'), ...this.#overlays].flatMap((file) => ['--file', file]);
    const [program, ...first] = this.#command as [string, ...string[]];
    const log = join(stateDir, 'compose.log');
    const { code, stdout, stderr } = await runCommand(
      program,
      [...first, '--project-name', project, '--env-file', join(stateDir, 'compose.env'), '--progress', 'plain', ...files, ...words],
      { cwd: source, env: withoutOverrides(process.env), onLine: (line) => appendFileSync(log, `${line}\n`) },
    );
    if (code === 0) return stdout;
    throw new UserError({
      code: 'FAILED',
      message: `compose ${words[0]} failed`,
      expected: 'exit code 0',
      found: `${code}: ${stderr.trim().split('\n').slice(-TAIL_LINES).join('\n')}`,
      remedy: `read ${log}, then npm start again`,
    });
  }
}

/** Compose lets the environment win over the file that was written for it: what the user exported must not change what is run. */
function withoutOverrides(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('COMPOSE_') && !name.startsWith('SEAWORTHY_') && !name.endsWith('_IMAGE')),
  );
}
