import { readFileSync } from 'node:fs';
import { desiredSchema } from '@seaworthy/contracts';
import type { Desired } from '@seaworthy/contracts';

/** What deploy wants, read anew at each look. While the file is replaced there may be none: then what was wanted before counts. */
export class DesiredFile {
  readonly #path: string;
  #text = '';
  #desired: Desired | undefined;
  /** why the newest file does not count */
  problem: string | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** Undefined until something was deployed. */
  read(): Desired | undefined {
    try {
      const text = readFileSync(this.#path, 'utf8');
      if (text !== this.#text) {
        this.#desired = desiredSchema.parse(JSON.parse(text));
        this.#text = text;
      }
      this.problem = undefined;
    } catch (error) {
      this.problem = `expected ${this.#path} as deploy writes it, found ${error instanceof Error ? error.message.slice(0, 300) : 'something else'}`;
    }
    return this.#desired;
  }
}
