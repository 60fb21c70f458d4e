import { isBootNoise, readable } from './log-line.ts';

/** What services ask identity every few seconds, and when they start. */
const POLLING = /"path":"\/(?:revocations|people\/jwks|workloads\/jwks)"/;
const ANSWERED = '"status":200';
const IN_GOOD_ORDER = /^\{"level":"(?:trace|debug|info)"/;
const COMPLAINT = /^\{"level":"(?:warn|error)"/;

/** Of one service's log what its developer wants to see. One that only comes along, because another calls it, is heard when it complains. */
export class ShownLines {
  readonly #comesAlong: boolean;
  #last = '';

  constructor(comesAlong: boolean) {
    this.#comesAlong = comesAlong;
  }

  /** @returns the line as a person reads it; undefined when there is nothing to see, or the same complaint as in the line before */
  show(line: string): string | undefined {
    if (isBootNoise(line) || isPolling(line) || (this.#comesAlong && IN_GOOD_ORDER.test(line))) return undefined;
    const text = readable(line);
    const again = COMPLAINT.test(line) && text === this.#last;
    this.#last = text;
    return again ? undefined : text;
  }
}

function isPolling(line: string): boolean {
  return POLLING.test(line) && line.includes(ANSWERED);
}
