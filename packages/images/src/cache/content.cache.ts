import { createHash, randomUUID } from 'node:crypto';
import { access, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasSystemCode } from '../errors.ts';

/**
 * Files by the hash of their content. A file appears under its name only when it is complete (atomic rename), so a run that is stopped
 * leaves nothing half-finished; and each is hashed again when it is read, so an altered one is thrown away and fetched anew.
 */
export class ContentCache {
  readonly #dir: string;
  readonly #names: string;
  readonly #algorithm: 'sha256' | 'sha512';

  constructor(dir: string, algorithm: 'sha256' | 'sha512' = 'sha256') {
    this.#dir = join(dir, algorithm);
    this.#names = join(dir, 'names');
    this.#algorithm = algorithm;
  }

  /** `undefined` where it is not there, or is no longer what its name says. */
  async read(hex: string): Promise<Buffer | undefined> {
    const file = join(this.#dir, hex);
    try {
      const bytes = await readFile(file);
      if (this.hash(bytes) === hex) return bytes;
      await rm(file, { force: true });
      return undefined;
    } catch (error) {
      if (hasSystemCode(error, 'ENOENT')) return undefined;
      throw error;
    }
  }

  /** Whether there is such a file; what it holds is verified when it is read. */
  async has(hex: string): Promise<boolean> {
    return access(join(this.#dir, hex)).then(
      () => true,
      () => false,
    );
  }

  /** The caller has verified the hash. */
  async write(hex: string, bytes: Buffer): Promise<void> {
    await mkdir(this.#dir, { recursive: true });
    const partial = join(this.#dir, `.${hex}.${randomUUID()}`);
    try {
      await writeFile(partial, bytes);
      await rename(partial, join(this.#dir, hex));
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
  }

  /** This content has the name at present: the one that had it before is removed. Only for what nothing else asks for by its hash. */
  async supersede(name: string, hex: string): Promise<void> {
    const file = join(this.#names, name);
    const before = await readFile(file, 'utf8').catch(() => '');
    if (before === hex) return;
    await mkdir(this.#names, { recursive: true });
    await writeFile(file, hex);
    if (/^[0-9a-f]+$/.test(before)) await rm(join(this.#dir, before), { force: true });
  }

  hash(bytes: Buffer): string {
    return createHash(this.#algorithm).update(bytes).digest('hex');
  }
}
