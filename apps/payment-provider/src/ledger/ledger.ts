import { appendFileSync, existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { ProblemError } from '@seaworthy/platform';
import { chargeSchema } from './charge.ts';
import type { Charge } from './charge.ts';

/**
 * The charges that were made, one a line, in a file that is only added to. A charge counts once its line is on the disk (`flush`), and before anybody is told: whoever
 * asks again after a crash finds it. There is one process that writes; it works without pause from looking to writing, so a key has one charge.
 */
export class Ledger {
  readonly #file: string;
  #charges: Map<string, Charge> | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /** Reads what is there. @throws when the file can neither be read nor made */
  open(): Map<string, Charge> {
    if (this.#charges) return this.#charges;
    if (!existsSync(this.#file)) writeFileSync(this.#file, '', { flush: true, mode: 0o600 });
    const text = readFileSync(this.#file, 'utf8');
    // a line without its end was cut short by a crash: nobody was told of that charge
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(this.#file, Buffer.byteLength(whole));
    const charges = whole
      .split('\n')
      .filter(Boolean)
      .map((line) => chargeSchema.parse(JSON.parse(line)));
    this.#charges = new Map(charges.map((charge) => [charge.key, charge]));
    return this.#charges;
  }

  /** @throws {ProblemError} UNAVAILABLE while it cannot be opened */
  find(key: string): Charge | undefined {
    return this.#opened().get(key);
  }

  /** @throws {ProblemError} UNAVAILABLE */
  about(reference: string): Charge[] {
    return [...this.#opened().values()].filter((charge) => charge.reference === reference);
  }

  /** @throws {ProblemError} UNAVAILABLE: whether it counts is known once it is asked for again */
  add(charge: Charge): void {
    const charges = this.#opened();
    try {
      appendFileSync(this.#file, `${JSON.stringify(charge)}\n`, { flush: true });
      charges.set(charge.key, charge);
    } catch (cause) {
      // how much of the line is there is for the file to say: it is read anew
      this.#charges = undefined;
      throw unavailable(cause);
    }
  }

  #opened(): Map<string, Charge> {
    try {
      return this.open();
    } catch (cause) {
      throw unavailable(cause);
    }
  }
}

function unavailable(cause: unknown): ProblemError {
  return new ProblemError({ status: 503, code: 'UNAVAILABLE', detail: 'the ledger is away; send it again, with the same key', cause });
}
