import { Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Rows that nobody needs any more. */
export interface Retention {
  table: string;
  /** the column that says since when the row is there; with an index, or looking for old rows is reading them all */
  since: string;
  /** how long it is kept, ms */
  keep: number;
}

const PAUSE_MS = 10 * 60_000;
/** Removed by one statement at most: one for all that is due would, once it takes longer than a statement may, never end again. */
const PORTION = 5_000;

/** Removes old rows every ten minutes, in every replica: that several do it at once harms nobody. */
export class RowSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #database: Kysely<unknown>;
  readonly #retentions: readonly Retention[];
  readonly #logger = new Logger('database');
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(database: Kysely<unknown>, retentions: readonly Retention[]) {
    this.#database = database;
    this.#retentions = retentions;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.sweep(), PAUSE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
    this.#ended = true;
  }

  async sweep(now = Date.now()): Promise<void> {
    for (const { table, since, keep } of this.#retentions) {
      try {
        let removed = PORTION;
        while (removed === PORTION && !this.#ended) removed = await this.#removePortion(table, since, new Date(now - keep));
      } catch (error) {
        this.#logger.warn({ msg: `old rows of ${table} could not be removed, trying again later`, err: error });
      }
    }
  }

  /** Rows that another replica is removing just now are left to it. Returns how many went. */
  async #removePortion(table: string, since: string, before: Date): Promise<number> {
    const [rows, age] = [sql.table(table), sql.ref(since)];
    const { numAffectedRows = 0n } = await sql`
      delete from ${rows} where ctid = any(array(
        select ctid from ${rows} where ${age} < ${before} order by ${age} limit ${PORTION} for update skip locked
      ))`.execute(this.#database);
    return Number(numAffectedRows);
  }
}
