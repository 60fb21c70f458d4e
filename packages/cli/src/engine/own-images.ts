import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Instance } from '../instance.ts';

/** Ids of the images that this clone brought into the engine: what it may take away again. What was there before is somebody else's. */
export class OwnImages {
  readonly #file: string;

  constructor({ sharedDir }: Pick<Instance, 'sharedDir'>) {
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
