import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

const MOST_ENTRIES = 5_000; // anybody may begin a login: the oldest entries make room

interface Entry {
  payload: AdapterPayload;
  ends: number;
}

/**
 * Sessions, codes and grants, in memory: they live minutes, and a restart costs a person one login. Access tokens are JWTs and
 * are not kept at all.
 */
export function memoryAdapter(): AdapterFactory {
  const entries = new Map<string, Entry>();
  return (model) => new MemoryAdapter(model, entries);
}

class MemoryAdapter implements Adapter {
  readonly #model: string;
  readonly #entries: Map<string, Entry>;

  constructor(model: string, entries: Map<string, Entry>) {
    this.#model = model;
    this.#entries = entries;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const key = this.#key(id);
    this.#entries.delete(key);
    this.#entries.set(key, { payload, ends: Date.now() + (expiresIn ?? 3_600) * 1000 });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= MOST_ENTRIES) break;
      this.#entries.delete(oldest);
    }
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#alive(this.#key(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const payload = this.#alive(this.#key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of this.#entries) if (payload.grantId === grantId) this.#entries.delete(key);
  }

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }

  #alive(key: string): AdapterPayload | undefined {
    const entry = this.#entries.get(key);
    if (entry && entry.ends > Date.now()) return entry.payload;
    this.#entries.delete(key);
    return undefined;
  }

  #first(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    for (const [key, { payload }] of this.#entries) {
      if (key.startsWith(`${this.#model}:`) && matches(payload)) return this.#alive(key);
    }
    return undefined;
  }
}
