import { Logger } from '@nestjs/common';
import type { InspectedContainer } from './container.schema.ts';
import type { EngineClient, ListedContainer } from './engine.client.ts';
import { EngineError } from './engine.error.ts';

/** A question that gets no answer costs the whole look its patience. */
const ASK_SILENT_AT_MOST_MS = 10_000;

/** A container that the engine lists, and does not tell of. */
export interface SilentContainer extends ListedContainer {
  readonly since: number;
}

/** What the engine tells of containers, each by itself: one of which it does not tell must not hide the others. */
export class Inspections {
  readonly #engine: EngineClient;
  readonly #logger = new Logger('fleet');
  #silences = new Map<string, { readonly since: number; readonly askedAt: number }>();

  constructor(engine: EngineClient) {
    this.#engine = engine;
  }

  /** Those that went in the meantime are in neither. */
  async of(listed: readonly ListedContainer[], now: number): Promise<{ found: InspectedContainer[]; silent: SilentContainer[] }> {
    const inspected = await Promise.all(listed.map(async (one) => this.#inspect(one, now)));
    this.#silences = new Map([...this.#silences].filter(([id]) => listed.some((one) => one.id === id)));
    const silent = listed.flatMap((one) => {
      const silence = this.#silences.get(one.id);
      return silence === undefined ? [] : [{ ...one, since: silence.since }];
    });
    return { found: inspected.filter((one) => one !== undefined), silent };
  }

  async #inspect({ id, name }: ListedContainer, now: number): Promise<InspectedContainer | undefined> {
    const silence = this.#silences.get(id);
    // after as long again as it has been silent
    if (silence !== undefined && now - silence.askedAt < Math.min(silence.askedAt - silence.since, ASK_SILENT_AT_MOST_MS)) return undefined;
    try {
      const found = await this.#engine.inspect(id);
      this.#silences.delete(id);
      return found;
    } catch (error) {
      if (error instanceof EngineError && error.code === 'GONE') this.#silences.delete(id);
      else {
        if (silence === undefined) this.#logger.warn(`cannot look at ${name}: ${error instanceof Error ? error.message : String(error)}`);
        this.#silences.set(id, { since: silence?.since ?? now, askedAt: now });
      }
      return undefined;
    }
  }
}
