import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

/** Names a profile by its content, however it is laid out: compose sends it to the engine without white space. */
export class SeccompProfiles {
  readonly #names: ReadonlyMap<string, string>;

  /** @param profiles parsed profiles by name */
  constructor(profiles: Readonly<Record<string, unknown>>) {
    this.#names = new Map(Object.entries(profiles).map(([name, profile]) => [digestOf(profile), name]));
  }

  /** Reads `infra/seccomp/*.json`. */
  static async load(dir: string): Promise<SeccompProfiles> {
    const files = (await readdir(dir)).filter((name) => name.endsWith('.json'));
    const read = async (file: string) => [basename(file, '.json'), JSON.parse(await readFile(join(dir, file), 'utf8')) as unknown] as const;
    return new SeccompProfiles(Object.fromEntries(await Promise.all(files.map(read))));
  }

  /** The name of the profile with this JSON text; `unknown` when it is none of ours. */
  nameOf(text: string): string {
    return this.#names.get(digestOf(JSON.parse(text))) ?? 'unknown';
  }

  get names(): readonly string[] {
    return [...this.#names.values()];
  }
}

function digestOf(profile: unknown): string {
  return createHash('sha256').update(JSON.stringify(profile)).digest('hex');
}
