import { setTimeout as delay } from 'node:timers/promises';
import type { Kysely, Transaction } from 'kysely';
import { backoff } from '../resilience/backoff.ts';

const SERIALIZATION_FAILURE = '40001';
/** SQLSTATE of a transaction that lost to others and did nothing: serialization failure, deadlock (PostgreSQL manual, section 13.5). */
const LOST = new Set([SERIALIZATION_FAILURE, '40P01']);
const ATTEMPTS = 3;
const RETRY_MS = { first: 20, longest: 200 };

/** Thrown by a transaction that finds what it read changed by others since: {@link inTransaction} begins it anew. */
export class OvertakenError extends Error {
  override readonly name = 'OvertakenError';
  readonly code = SERIALIZATION_FAILURE;
}

/** A transaction that is begun anew, with jitter, when it had to give way to others. `work` may run several times: it has to be all in the database. */
export async function inTransaction<S, T>(database: Kysely<S>, work: (transaction: Transaction<S>) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await database.transaction().execute(work);
    } catch (error) {
      const lost = error instanceof Error && 'code' in error && LOST.has(String(error.code));
      if (!lost || attempt === ATTEMPTS) throw error;
      await delay(backoff(attempt, RETRY_MS));
    }
  }
}
