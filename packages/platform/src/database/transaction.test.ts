import { describe, expect, it, jest } from '@jest/globals';
import type { Kysely } from 'kysely';
import { inTransaction, OvertakenError } from './transaction.ts';

/** What PostgreSQL answers to each attempt, by SQLSTATE; undefined is success. */
function databaseThat(answers: (string | undefined)[]) {
  const execute = jest.fn(async () => {
    const code = answers.shift();
    if (code) throw Object.assign(new Error(code), { code });
    return 'done';
  });
  return { execute, database: { transaction: () => ({ execute }) } as unknown as Kysely<unknown> };
}

describe('inTransaction', () => {
  it.each(['40001', '40P01'])('begins anew when it had to give way (%s)', async (code) => {
    const { execute, database } = databaseThat([code]);
    expect(await inTransaction(database, async () => 'done')).toBe('done');
    expect(execute).toHaveBeenCalledTimes(2);
  });

  it('begins anew when its work finds that it was overtaken', async () => {
    const attempts = ['overtaken', 'first'];
    const database = { transaction: () => ({ execute: async (work: () => Promise<unknown>) => work() }) } as unknown as Kysely<unknown>;
    const work = async (): Promise<unknown> => {
      const attempt = attempts.shift();
      if (attempt === 'overtaken') throw new OvertakenError('others were faster');
      return attempt;
    };
    expect(await inTransaction(database, work)).toBe('first');
  });

  it('gives up after the third time', async () => {
    const { execute, database } = databaseThat(['40P01', '40P01', '40P01', '40P01']);
    await expect(inTransaction(database, async () => 'done')).rejects.toMatchObject({ code: '40P01' });
    expect(execute).toHaveBeenCalledTimes(3);
  });

  it.each(['23505', 'ECONNRESET'])('does not repeat what failed otherwise, or may have taken effect (%s)', async (code) => {
    const { execute, database } = databaseThat([code]);
    await expect(inTransaction(database, async () => 'done')).rejects.toMatchObject({ code });
    expect(execute).toHaveBeenCalledTimes(1);
  });
});
