import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import type { PostgresPool } from 'kysely';
import { RowSweeper } from './row.sweeper.ts';

const RETENTIONS = ['tides', 'winds'].map((table) => ({ table, since: 'seen_at', keep: 1_000 }));
/** Removed by one statement at most. */
const PORTION = 5_000;

/** A database with so many old rows in each table, that removes as many at once as it is told. */
function sweeping(old: Record<string, number>) {
  const query = jest.fn(async (text: string, parameters: readonly unknown[]) => {
    const table = /delete from "(\w+)"/.exec(text)?.[1] ?? '';
    if (old[table] === undefined) throw new Error('no such table');
    const rowCount = Math.min(old[table], ...parameters.filter((value) => typeof value === 'number'));
    old[table] -= rowCount;
    return { command: 'DELETE', rowCount, rows: [] };
  });
  const pool = { connect: async () => ({ query, release: () => undefined }), end: async () => undefined, options: {} };
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: pool as unknown as PostgresPool }) });
  return { old, query, sweeper: new RowSweeper(database, RETENTIONS) };
}

describe('RowSweeper', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('removes what is old in portions, until nothing is left: one statement for all of it would take longer than a statement may', async () => {
    const { old, query, sweeper } = sweeping({ tides: 2 * PORTION + 1, winds: 3 });
    await sweeper.sweep();
    expect(old).toEqual({ tides: 0, winds: 0 });
    expect(query).toHaveBeenCalledTimes(4);
  });

  it('goes on with the next table when one cannot be swept, and says so', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const { old, sweeper } = sweeping({ winds: 3 });
    await sweeper.sweep();
    expect(old).toEqual({ winds: 0 });
    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ msg: 'old rows of tides could not be removed, trying again later' }));
  });

  it('leaves the rest to others when its replica ends', async () => {
    const { query, sweeper } = sweeping({ tides: 10 * PORTION, winds: 3 });
    const swept = sweeper.sweep();
    sweeper.onModuleDestroy();
    await swept;
    expect(query.mock.calls.length).toBeLessThan(3);
  });
});
