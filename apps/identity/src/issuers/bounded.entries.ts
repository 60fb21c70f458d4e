import type { AdapterPayload } from 'oidc-provider';

interface Entry {
  payload: AdapterPayload;
  /** ms since the epoch */
  ends: number;
  characters: number;
}

export interface EntryBounds {
  entries: number;
  /** of all keys and payloads, as JSON */
  characters: number;
}

/** Anybody may begin a login, and say much while doing so: what has ended goes, and the oldest make room. */
const BOUNDS: EntryBounds = { entries: 5_000, characters: 16 * 1024 * 1024 };

/** What ends, by key: bounded by number and by size. */
export class BoundedEntries {
  readonly #entries = new Map<string, Entry>();
  readonly #bounds: EntryBounds;
  #characters = 0;

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  set(key: string, payload: AdapterPayload, ends: number): void {
    this.delete(key);
    const characters = key.length + JSON.stringify(payload).length;
    this.#entries.set(key, { payload, ends, characters });
    this.#characters += characters;
    this.#makeRoom();
  }

  get(key: string): AdapterPayload | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.ends > Date.now()) return entry.payload;
    this.delete(key);
    return undefined;
  }

  delete(key: string): void {
    this.#characters -= this.#entries.get(key)?.characters ?? 0;
    this.#entries.delete(key);
  }

  /** Keys of those that match, whether they have ended or not. */
  *keysOf(matches: (payload: AdapterPayload, key: string) => boolean): Generator<string> {
    for (const [key, { payload }] of this.#entries) if (matches(payload, key)) yield key;
  }

  #makeRoom(): void {
    const now = Date.now();
    for (const [key, { ends }] of this.#entries) if (ends <= now) this.delete(key);
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#bounds.entries && this.#characters <= this.#bounds.characters) break;
      this.delete(oldest);
    }
  }
}
