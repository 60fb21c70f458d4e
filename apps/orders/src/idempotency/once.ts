import { Inject, Injectable } from '@nestjs/common';
import { Kysely } from 'kysely';
import type { Transaction } from 'kysely';
import { ProblemError } from '@seaworthy/platform';
import { inTransaction, OvertakenError } from '@seaworthy/platform/database';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { KEPT_MS } from './idempotency-key.ts';
import type { IdempotencyProblemCode } from './idempotency-key.ts';

/** SQLSTATE of a statement that waited for a lock as long as it may */
const LOCK_NOT_AVAILABLE = '55P03';

export interface OnceRequest {
  owner: string;
  key: string;
  hash: string;
}

type Answer = { status: number; body: unknown };

/**
 * Does something once for each owner and key, and gives the same answer for a day. Key, work and answer are one transaction: all or
 * nothing. A request that races a live one with the same key waits for it and gets its answer; when that takes longer than the pool's lock
 * timeout, it gets 409 with Retry-After.
 */
@Injectable()
export class Once {
  readonly #database: Kysely<OrdersSchema>;

  constructor(@Inject(Kysely) database: Kysely<OrdersSchema>) {
    this.#database = database;
  }

  /** A ProblemError of the work below 500 is an answer as well: it is kept, and the work must have written nothing. */
  async perform(request: OnceRequest, status: number, work: (transaction: Transaction<OrdersSchema>) => Promise<unknown>): Promise<Answer> {
    const { answer, problem } = await inTransaction(this.#database, async (transaction) => {
      if (!(await claim(transaction, request))) return { answer: await recall(transaction, request), problem: undefined };
      const done = await outcome(status, async () => work(transaction));
      await keep(transaction, request, done.answer);
      return done;
    });
    if (problem) throw problem;
    return replay(answer);
  }
}

/** Whether the key is this request's: nobody has it, or whoever had it is forgotten. */
async function claim(transaction: Transaction<OrdersSchema>, request: OnceRequest): Promise<boolean> {
  try {
    return await take(transaction, request);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === LOCK_NOT_AVAILABLE)) throw error;
    throw new ProblemError<IdempotencyProblemCode>({
      status: 409,
      code: 'IDEMPOTENCY_IN_PROGRESS',
      detail: 'a request with this Idempotency-Key is being worked on; send this one again, with the same key',
      headers: { 'retry-after': '1' },
      cause: error,
    });
  }
}

/**
 * Old rows are removed every now and then: until then an old key has its row still, which is taken over. Not by the insert's `do update`: it locks
 * the row of each key that comes again, so that a hundred who ask for one answer would wait for each other. One statement: each of them pays for it.
 */
async function take(transaction: Transaction<OrdersSchema>, { owner, key, hash }: OnceRequest): Promise<boolean> {
  const now = Date.now();
  const row = { request_hash: hash, answer: null, created_at: new Date(now) };
  const taken = await transaction
    .with('inserted', (query) =>
      query
        .insertInto('idempotency_keys')
        .values({ owner, key, ...row })
        .onConflict((conflict) => conflict.doNothing())
        .returning('key'),
    )
    .with('forgotten', (query) =>
      query
        .updateTable('idempotency_keys')
        .set(row)
        .where('owner', '=', owner)
        .where('key', '=', key)
        // looked at anew once a request that was faster is done: then it is that one's
        .where('created_at', '<', new Date(now - KEPT_MS))
        .returning('key'),
    )
    .selectFrom('inserted')
    .select('key')
    .unionAll((query) => query.selectFrom('forgotten').select('key'))
    .execute();
  return taken.length > 0;
}

/** @throws {OvertakenError} when the row was removed since, as it was about to be old: the next attempt takes the key. */
async function recall(transaction: Transaction<OrdersSchema>, { owner, key, hash }: OnceRequest): Promise<Answer> {
  const known = await transaction
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'answer'])
    .where('owner', '=', owner)
    .where('key', '=', key)
    .executeTakeFirst();
  if (!known) throw new OvertakenError('expected the answer to a key, found that it was forgotten just now');
  if (known.request_hash === hash && known.answer) return known.answer;
  throw new ProblemError<IdempotencyProblemCode>({
    status: 422,
    code: 'IDEMPOTENCY_KEY_REUSED',
    detail: 'this Idempotency-Key came with another request before; send a fresh one',
  });
}

async function outcome(
  status: number,
  work: () => Promise<unknown>,
): Promise<{ answer: Answer; problem: ProblemError<string> | undefined }> {
  try {
    return { answer: { status, body: await work() }, problem: undefined };
  } catch (error) {
    if (!(error instanceof ProblemError) || error.status >= 500) throw error;
    const problem = error as ProblemError<string>;
    const { code, detail, extensions } = problem;
    return { answer: { status: problem.status, body: { code, detail, extensions } }, problem };
  }
}

async function keep(transaction: Transaction<OrdersSchema>, { owner, key }: OnceRequest, answer: Answer): Promise<void> {
  await transaction
    .updateTable('idempotency_keys')
    .set({ answer: JSON.stringify(answer) })
    .where('owner', '=', owner)
    .where('key', '=', key)
    .execute();
}

/** A refusal that was kept is thrown again, so that it looks as it did. */
function replay(answer: Answer): Answer {
  if (answer.status < 400) return answer;
  const { code, detail, extensions } = answer.body as { code: string; detail: string; extensions: Record<string, unknown> };
  throw new ProblemError<string>({ status: answer.status, code, detail, extensions });
}
