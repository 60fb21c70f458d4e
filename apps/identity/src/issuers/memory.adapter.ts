import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';
import { BoundedEntries } from './bounded.entries.ts';

/**
 * Sessions, codes and grants, in memory: they live minutes, and a restart costs a person one login. Access tokens are JWTs and
 * are not kept at all.
 */
export function memoryAdapter(): AdapterFactory {
  const entries = new BoundedEntries();
  return (model) => new MemoryAdapter(model, entries);
}

class MemoryAdapter implements Adapter {
  readonly #model: string;
  readonly #entries: BoundedEntries;

  constructor(model: string, entries: BoundedEntries) {
    this.#model = model;
    this.#entries = entries;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    this.#entries.set(this.#key(id), payload, Date.now() + (expiresIn ?? 3_600) * 1000);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    return this.#entries.get(this.#key(id));
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.uid === uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#first((payload) => payload.userCode === userCode);
  }

  async consume(id: string): Promise<void> {
    const payload = this.#entries.get(this.#key(id));
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    this.#entries.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const key of this.#entries.keysOf((payload) => payload.grantId === grantId)) this.#entries.delete(key);
  }

  #key(id: string): string {
    return `${this.#model}:${id}`;
  }

  #first(matches: (payload: AdapterPayload) => boolean): AdapterPayload | undefined {
    const [key] = this.#entries.keysOf((payload, other) => other.startsWith(this.#key('')) && matches(payload));
    return key === undefined ? undefined : this.#entries.get(key);
  }
}
