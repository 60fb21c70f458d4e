import { describe, expect, it, jest } from '@jest/globals';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresPool } from 'kysely';
import type { OrdersSchema } from '../orders/orders.tables.ts';
import { KEPT_MS } from './idempotency-key.ts';
import { Once } from './once.ts';

const REQUEST = { owner: 'marina', key: 'a-key-of-hers', hash: 'of this request' };
const KNOWN = { request_hash: REQUEST.hash, answer: { status: 201, body: 'the first order' } };
type Rows = readonly object[];

/** Keys in a database that answers each kind of statement in turn, and with nothing afterwards. */
function keysThat(answers: { with?: Rows[]; select?: Rows[] }) {
  const query = jest.fn(async (text: string, _parameters: readonly unknown[]) => {
    const rows = answers[text.split(' ')[0] as keyof typeof answers]?.shift() ?? [];
    return { command: 'SELECT', rowCount: rows.length, rows };
  });
  const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined, options: {} };
  const database = new Kysely<OrdersSchema>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
  const work = jest.fn(async () => 'an order');
  return { query, work, perform: async () => new Once(database).perform(REQUEST, 201, work) };
}

describe('Once', () => {
  it('gives the answer again, and does nothing', async () => {
    const { work, perform } = keysThat({ select: [[KNOWN]] });
    expect(await perform()).toEqual(KNOWN.answer);
    expect(work).not.toHaveBeenCalled();
  });

  it('takes a key that is older than a day for a new one, also while its row is still there', async () => {
    const before = Date.now();
    const { query, work, perform } = keysThat({ with: [[{ key: REQUEST.key }]], select: [[{ ...KNOWN, request_hash: 'of another' }]] });
    expect(await perform()).toEqual({ status: 201, body: 'an order' });
    expect(work).toHaveBeenCalledTimes(1);
    const [text, parameters] = query.mock.calls.find(([statement]) => statement.startsWith('with')) ?? [];
    expect(text).toMatch(/ "forgotten" as \(update .* and "created_at" < \$\d+ returning "key"\) /);
    const oldest = parameters?.at(-1);
    expect(Number(oldest)).toBeGreaterThanOrEqual(before - KEPT_MS);
    expect(Number(oldest)).toBeLessThanOrEqual(Date.now() - KEPT_MS);
  });

  it('begins anew when the row is removed before its answer is read', async () => {
    const { work, perform } = keysThat({ with: [[], [{ key: REQUEST.key }]] });
    expect(await perform()).toEqual({ status: 201, body: 'an order' });
    expect(work).toHaveBeenCalledTimes(1);
  });
});
