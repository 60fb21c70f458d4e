import { Logger } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';

/** Rows that nobody needs any more. */
export interface Retention {
  table: string;
  /** the column that says since when the row is there */
  since: string;
  /** how long it is kept, ms */
  keep: number;
}

const PAUSE_MS = 10 * 60_000;

/** Removes old rows every ten minutes, in every replica: that several do it at once harms nobody. */
export class RowSweeper implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #database: Kysely<unknown>;
  readonly #retentions: readonly Retention[];
  readonly #logger = new Logger('database');
  #timer: NodeJS.Timeout | undefined;

  constructor(database: Kysely<unknown>, retentions: readonly Retention[]) {
    this.#database = database;
    this.#retentions = retentions;
  }

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.sweep(), PAUSE_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.#timer);
  }

  async sweep(now = Date.now()): Promise<void> {
    for (const { table, since, keep } of this.#retentions) {
      try {
        await sql`delete from ${sql.table(table)} where ${sql.ref(since)} < ${new Date(now - keep)}`.execute(this.#database);
      } catch (error) {
        this.#logger.warn({ msg: `old rows of ${table} could not be removed, trying again later`, err: error });
      }
    }
  }
}
