import { BrokenCircuitError } from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import type { PostgresPool } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { guardPolicy } from '../resilience/guard.policy.ts';
import { DatabaseError, isDatabaseAway } from './database.error.ts';

/** What waits for a connection beyond this would wait longer than its client does. */
const WAITING_FOR_EACH_CONNECTION = 16;

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
      retries: { most: 2, when: (error) => isDatabaseAway(error) && !isTimeout(error) },
      away: (error) => isDatabaseAway(error) && !isBusy(error),
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
      return givenBackInOrder(await this.#policy.execute(async () => this.#take()));
    } catch (error) {
      if (!(error instanceof BrokenCircuitError)) throw error;
      throw new DatabaseError({
        code: 'DATABASE_AWAY',
        message: 'expected the database to answer, found that it failed too often just now; try again later',
        cause: error,
      });
    }
  }

  /** Waiting for others to be done says nothing about the database; whatever else keeps a connection from being made does: nothing was sent. */
  async #take(): Promise<PoolClient> {
    const full = this.#pool.totalCount >= this.#pool.options.max && this.#pool.idleCount === 0;
    try {
      return await this.#pool.connect();
    } catch (cause) {
      if (full && isTimeout(cause))
        throw new DatabaseError({
          code: 'DATABASE_BUSY',
          message: 'expected a free connection in time, found none; try again later',
          cause,
        });
      if (isDatabaseAway(cause)) throw cause;
      throw new DatabaseError({
        code: 'DATABASE_AWAY',
        message: 'expected a connection to the database, found none; see the cause',
        cause,
      });
    }
  }

  /** One statement, on whatever connection. The probes ask by this: what they call ready has to be ready for everybody else as well. */
  async query<R extends object>(text: string): Promise<{ rows: R[] }> {
    const client = await this.connect();
    try {
      return await client.query<R>(text);
    } finally {
      client.release();
    }
  }

  async end(): Promise<void> {
    await this.#pool.end();
  }
}

/** What pg's types do not tell: the statement whose answer is outstanding, also when nobody waits for it any more. */
type Asking = PoolClient & { readonly _activeQuery?: object | null };

/**
 * A connection goes back to the pool with all of its answers had and no transaction open; any other one is closed. A `BEGIN` whose answer was given up
 * would still be executed by a server that comes back, and whoever came next would write into a transaction that nobody ends: acknowledged, then lost.
 */
function givenBackInOrder(client: PoolClient): PoolClient {
  const release = client.release.bind(client);
  // oxlint-disable-next-line no-underscore-dangle -- pg's own public word for it, `activeQuery`, warns that it will go
  const isAsking = (): boolean => Boolean((client as Asking)._activeQuery);
  client.release = (error) => release(error || isAsking() || client.getTransactionStatus() !== 'I');
  return client;
}

function isBusy(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === 'DATABASE_BUSY';
}

function isTimeout(error: unknown): boolean {
  return error instanceof DatabaseError || (error instanceof Error && /timeout/i.test(error.message));
}
