import { BrokenCircuitError } from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import type { PostgresPool } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { guardPolicy } from '../resilience/guard.policy.ts';
import { DatabaseError, isDatabaseAway } from './database.error.ts';

/** What waits for a connection beyond this would wait longer than its client does. */
const WAITING_FOR_EACH_CONNECTION = 16;
const TIMEOUT = /timeout/i;

/**
 * A pool of connections that is handed out with care. While the database is away, callers are told at once; a connection that was refused is tried
 * again, with jitter, because nothing was sent yet (one that hangs is not: it has used up the time); and when too many wait already, the
 * next one is refused instead of making all of them late. Statements are not repeated here: whether one took effect is for its sender to judge.
 */
export class GuardedPool implements PostgresPool {
  readonly options: PostgresPool['options'];
  readonly #pool: Pool;
  readonly #policy: IPolicy;

  constructor(pool: Pool) {
    this.#pool = pool;
    this.options = pool.options;
    this.#policy = guardPolicy({
      retries: { most: 2, when: (error) => isDatabaseAway(error) && !(error instanceof Error && TIMEOUT.test(error.message)) },
      away: isDatabaseAway,
      failures: 5,
      rest: 1_000,
    });
  }

  /** @throws {DatabaseError} DATABASE_AWAY | DATABASE_BUSY, and what pg throws */
  async connect(): Promise<PoolClient> {
    if (this.#pool.waitingCount >= this.#pool.options.max * WAITING_FOR_EACH_CONNECTION) {
      throw new DatabaseError({
        code: 'DATABASE_BUSY',
        message: 'expected a free connection soon, found too many waiting; try again later',
      });
    }
    try {
      return await this.#policy.execute(async () => this.#pool.connect());
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new DatabaseError({
        code: 'DATABASE_AWAY',
        message: 'expected the database to answer, found that it failed too often just now; try again later',
        cause: error,
      });
    }
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}
