import { existsSync, globSync, linkSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { OWNER_LABEL } from '@seaworthy/contracts';
import { OwnImages } from '@seaworthy/images';
import Docker from 'dockerode';
import type { Engine } from '../host/engine/engine.ts';
import { refuseForeign } from '../remove/refuse-foreign.ts';
import { removeCopy, removeImages } from '../remove/remove-objects.ts';
import { removeOwnCopy } from '../remove/remove-own-copy.ts';
import { runCommand } from '../host/command.ts';
import { developmentInstance, mainInstance, throwAwayInstance } from '../instance.ts';
import type { Instance } from '../instance.ts';
import { changeCatalog } from './change-catalog.ts';

/** Keeps ports and subnets apart from the user's own copy and from that of the drills. */
const SLOT = 2;
const AUTHOR = ['-c', 'user.name=bench', '-c', 'user.email=bench@seaworthy.internal', '-c', 'commit.gpgsign=false'];

/**
 * A clone of HEAD with a platform of its own: other project, ports, subnets, keys. What is measured happens here, so that the user's
 * branch, working tree, registry and containers have no part in it. It shares the engine, and the machine.
 */
export class BenchCopy {
  readonly instance: Instance;
  readonly #engine: Engine;
  readonly #main: Instance;

  private constructor(main: Instance, engine: Engine) {
    const outer = throwAwayInstance(main, 'bench', SLOT);
    // seen from inside, the clone is a main copy of its own
    this.instance = mainInstance(outer.stateDir, environmentOf(outer));
    this.#main = main;
    this.#engine = engine;
  }

  /** A fresh clone; what an earlier, killed bench left goes first. */
  static async make(main: Instance, engine: Engine): Promise<BenchCopy> {
    const copy = new BenchCopy(main, engine);
    await copy.remove();
    await run('git', ['clone', '--quiet', '--no-hardlinks', main.root, copy.instance.root]);
    return copy;
  }

  /** Brings packages, downloads and built images along, for whoever does not measure their making. */
  async warmCaches(): Promise<void> {
    const modules = ['node_modules', ...globSync('{apps,packages}/*/node_modules', { cwd: this.#main.root })];
    for (const folder of modules) if (existsSync(join(this.#main.root, folder))) await this.#bring(folder);
    for (const folder of ['cache', 'images', 'locks']) {
      if (existsSync(join(this.#main.sharedDir, folder))) await this.#bring(join('.seaworthy', folder));
    }
  }

  /** What keeps its commands apart from the user's own. */
  get environment(): Record<string, string> {
    return environmentOf(this.instance);
  }

  /** `npm start`, as a person types it. Returns milliseconds. */
  async npm(words: readonly string[], onLine?: (line: string) => void): Promise<number> {
    const since = performance.now();
    await run('npm', words, {
      cwd: this.instance.root,
      env: { ...process.env, ...this.environment },
      ...(onLine === undefined ? {} : { onLine }),
    });
    return performance.now() - since;
  }

  /** Commits a change of one line of catalog. */
  async commitChange(): Promise<void> {
    changeCatalog(this.instance.root);
    await run('git', [
      '-C',
      this.instance.root,
      ...AUTHOR,
      '-c',
      'core.hooksPath=/dev/null',
      'commit',
      '--quiet',
      '--all',
      '-m',
      'A change',
    ]);
  }

  /** Removes everything that it made: containers, networks, volumes, images that it brought into the engine, and the clone. */
  async remove(): Promise<void> {
    await refuseForeign(this.#engine, this.instance, 'npm run clean');
    await this.#killContainers();
    await removeCopy(this.#engine, this.instance.project);
    await removeOwnCopy(this.#engine, developmentInstance(this.instance));
    await removeImages(this.#engine, new OwnImages(this.instance).list());
    rmSync(this.instance.root, { recursive: true, force: true, maxRetries: 3 });
  }

  /** Nobody's data is in them: they need no time to end in order, and after Ctrl-C there is none. */
  async #killContainers(): Promise<void> {
    const docker = new Docker({ socketPath: this.#engine.socketPath });
    const found = await docker.listContainers({ all: true, filters: { label: [`${OWNER_LABEL}=${this.instance.project}`] } });
    await Promise.allSettled(found.map(async ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  }

  async #bring(folder: string): Promise<void> {
    const [from, to] = [join(this.#main.root, folder), join(this.instance.root, folder)];
    // hard links: nothing writes into these files, they are replaced as a whole
    await cp(from, to, { recursive: true, verbatimSymlinks: true, filter: (source, target) => !linked(source, target) });
  }
}

/** True when a file was linked and needs no copying. */
function linked(source: string, target: string): boolean {
  try {
    linkSync(source, target);
    return true;
  } catch {
    return false; // a folder, or another file system
  }
}

function environmentOf({ project, subnet, ports }: Instance): Record<string, string> {
  const portNames = Object.entries(ports).map(([name, port]) => [`SEAWORTHY_${name.toUpperCase()}_PORT`, String(port)]);
  return { SEAWORTHY_PROJECT: project, SEAWORTHY_SUBNET: subnet, ...Object.fromEntries(portNames) };
}

async function run(command: string, words: readonly string[], options: Parameters<typeof runCommand>[2] = {}): Promise<void> {
  const { code, stdout, stderr } = await runCommand(command, words, options);
  if (code === 0) return;
  const tail = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new Error(`expected ${command} ${words.join(' ')} to end with 0, found ${code}:\n${tail}`);
}
