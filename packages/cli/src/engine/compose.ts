import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { runCommand } from '../host/command.ts';
import type { Engine } from '../host/engine/engine.ts';
import { checkoutDir } from '../instance.ts';
import type { Instance } from '../instance.ts';

const TAIL_LINES = 12;
/** Variables of compose, of docker's client, and of ours. */
const OVERRIDES = /^(?:COMPOSE|DOCKER|SEAWORTHY)_|_IMAGE$/;

export interface ComposeHost {
  readonly engine: Pick<Engine, 'socketPath'>;
  /** starts compose v2, such as `['docker', 'compose']` */
  readonly compose: readonly string[];
}

/** Runs compose for one copy of the platform, as the commit's compose.yaml has it, never the working tree's. What it says goes to the copy's `compose.log`. */
export class Compose {
  readonly #instance: Instance;
  readonly #host: ComposeHost;
  readonly #overlays: readonly string[];

  /** `overlays` are further compose files, later ones win. */
  constructor(instance: Instance, host: ComposeHost, overlays: readonly string[] = []) {
    this.#instance = instance;
    this.#host = host;
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
    const [program, ...first] = this.#host.compose as [string, ...string[]];
    const log = join(stateDir, 'compose.log');
    const { code, stdout, stderr } = await runCommand(
      program,
      [...first, '--project-name', project, '--env-file', join(stateDir, 'compose.env'), '--progress', 'plain', ...files, ...words],
      { cwd: source, env: this.#environment(process.env), onLine: (line) => appendFileSync(log, `${line}\n`) },
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

  /**
   * Compose lets the environment win over the file that was written for it: what the user exported must not change what is run, nor where. Its
   * engine is the one that everything else here talks to, whatever context or variable would lead compose to another.
   */
  #environment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const kept = Object.entries(env).filter(([name]) => !OVERRIDES.test(name) || name === 'DOCKER_CONFIG');
    return { ...Object.fromEntries(kept), DOCKER_HOST: `unix://${this.#host.engine.socketPath}` };
  }
}
