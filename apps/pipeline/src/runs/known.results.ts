import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isDigest } from '@seaworthy/oci';
import type { Digest } from '@seaworthy/oci';
import { z } from 'zod';

const File = z.object({ passed: z.array(z.string()), built: z.record(z.string(), z.string().refine(isDigest)) });
const KEPT = 2000;

/**
 * What runs that succeeded have proved already, by hash of all that it depended on: workspaces whose checks passed, images that were built. It is
 * written by the control plane about its own runs alone; no job and no developer can add to it.
 */
export class KnownResults {
  readonly #file: string;
  readonly #salt: string;
  readonly #passed: Set<string>;
  readonly #built: Map<string, Digest>;

  /** @param tools what did the work: results of another toolbox or of other programs are not known here */
  constructor(file: string, tools: { toolboxImage: string; programs: ReadonlyMap<string, Buffer> }) {
    this.#file = file;
    const hash = createHash('sha256').update(tools.toolboxImage);
    for (const [name, content] of tools.programs) hash.update(`\0${name}\0`).update(content);
    this.#salt = hash.digest('hex');
    const known = read(file);
    this.#passed = new Set(known?.passed);
    this.#built = new Map(Object.entries(known?.built ?? {}));
  }

  hasPassed(workspaceHash: string): boolean {
    return this.#passed.has(this.#key(workspaceHash));
  }

  imageOf(workspaceHash: string, parent: Digest): Digest | undefined {
    return this.#built.get(this.#key(`${workspaceHash} ${parent}`));
  }

  record({ passed, built }: { passed: Iterable<string>; built: Iterable<{ hash: string; parent: Digest; digest: Digest }> }): void {
    for (const hash of passed) this.#passed.add(this.#key(hash));
    for (const { hash, parent, digest } of built) this.#built.set(this.#key(`${hash} ${parent}`), digest);
    const content = { passed: [...this.#passed].slice(-KEPT), built: Object.fromEntries([...this.#built].slice(-KEPT)) };
    writeFileSync(`${this.#file}.new`, JSON.stringify(content));
    renameSync(`${this.#file}.new`, this.#file);
  }

  #key(hash: string): string {
    return createHash('sha256').update(`${this.#salt} ${hash}`).digest('hex');
  }
}

function read(file: string): z.infer<typeof File> | undefined {
  try {
    return File.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}
