import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Ids of the images that one clone brought into the engine, its tests included: what it may take away again. What was there before is
 * somebody else's. An id is added before its image is loaded, so that an interruption leaves none that is not known.
 */
export class OwnImages {
  readonly #file: string;

  /** `sharedDir`: the folder .seaworthy of the clone */
  constructor({ sharedDir }: { readonly sharedDir: string }) {
    this.#file = join(sharedDir, 'loaded-images');
  }

  add(id: string): void {
    appendFileSync(this.#file, `${id}\n`, { mode: 0o600 });
  }

  list(): string[] {
    try {
      return [...new Set(readFileSync(this.#file, 'utf8').split('\n').filter(Boolean))];
    } catch {
      return [];
    }
  }
}
