import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { RevocationList, type Revocations } from '@seaworthy/platform';
import { RevocationError } from './revocation.error.ts';

/** Only whoever holds a valid token gets an entry; each ends with its token, an hour later at most. */
const MOST_ENTRIES = 10_000;
/** Longer than the tolerance of verifiers for clocks that differ. */
const MARGIN_S = 60;
const FILE = 'revocations.json';

/**
 * Ids of tokens that were revoked, in one small file, written whole: what was acknowledged is kept until the token's own end, whoever restarts
 * meanwhile. Written synchronously: revocations are rare, and a valid token buys one write.
 */
export class RevocationStore implements Revocations {
  readonly #path: string;
  readonly #most: number;
  readonly #entries: Map<string, number>;
  #kept = false;

  /** @throws RevocationError REVOCATIONS_UNREADABLE | REVOCATIONS_UNWRITABLE: rather no service than one that believes what was revoked */
  constructor(directory: string, most: number = MOST_ENTRIES) {
    this.#path = join(directory, FILE);
    this.#most = most;
    this.#entries = read(this.#path);
    this.#forgetEnded(Date.now());
    this.#keep();
  }

  /**
   * When it returns, the token counts no longer, also after a restart. When it throws, the caller has to come again.
   * @throws RevocationError REVOCATIONS_UNWRITABLE | REVOCATIONS_FULL
   */
  add(id: string, expires: number, now: number = Date.now()): void {
    if (this.#kept && this.#entries.has(id)) return;
    this.#forgetEnded(now);
    if (this.#entries.size >= this.#most && !this.#entries.has(id)) {
      throw new RevocationError({
        code: 'REVOCATIONS_FULL',
        message: `expected room for one more revoked token, found ${this.#most}, none of which has ended; try again in some minutes`,
      });
    }
    this.#entries.set(id, expires);
    this.#keep();
  }

  list(now: number = Date.now()): RevocationList {
    this.#forgetEnded(now);
    return { revoked: Array.from(this.#entries, ([id, expires]) => ({ id, expires })) };
  }

  ready(): undefined {
    return undefined; // read when it was made
  }

  has(id: string): boolean {
    return this.#entries.has(id);
  }

  #forgetEnded(now: number): void {
    for (const [id, expires] of this.#entries) if (expires + MARGIN_S < now / 1000) this.#entries.delete(id);
  }

  #keep(): void {
    this.#kept = false;
    try {
      writeWhole(this.#path, `${JSON.stringify(this.list())}\n`);
    } catch (cause) {
      throw new RevocationError({
        code: 'REVOCATIONS_UNWRITABLE',
        message: `expected to write the list of revoked tokens to ${this.#path}, found ${codeOf(cause)}; is its volume there, and has it room?`,
        cause,
      });
    }
    this.#kept = true;
  }
}

/** No file: nothing was revoked yet. A file that cannot be understood is none of ours, or damaged. */
function read(path: string): Map<string, number> {
  try {
    const { revoked } = RevocationList.parse(JSON.parse(readFileSync(path, 'utf8')));
    return new Map(revoked.map(({ id, expires }) => [id, expires]));
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return new Map();
    throw new RevocationError({
      code: 'REVOCATIONS_UNREADABLE',
      message: `expected the list of revoked tokens in ${path}, found ${codeOf(cause)}; mend it, or remove it: what was revoked within the last hour then counts again`,
      cause,
    });
  }
}

/** Beside it, then renamed, and each brought to the disk: a crash or a loss of power leaves the list before or the list after. */
function writeWhole(path: string, text: string): void {
  writeFileSync(`${path}.new`, text, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function codeOf(cause: unknown): string {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : 'something else';
}
