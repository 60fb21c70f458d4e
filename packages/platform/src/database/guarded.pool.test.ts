import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Pool, PoolClient } from 'pg';
import { stopTheDate } from '../../test/fixtures/stopped.date.ts';
import { WirePostgres } from '../../test/fixtures/wire.postgres.ts';
import { createPool } from './database.pool.ts';
import { GuardedPool } from './guarded.pool.ts';

/** Who waits for an answer that nobody heeds, while no time passes, waits for ever. */
const FOR_EVER_MS = 30_000;
const CLIENT = { release: () => undefined } as unknown as PoolClient;
const refused = (): Error => Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

function poolThat(connect: () => Promise<PoolClient>, { waitingCount = 0, totalCount = 0 } = {}) {
  const pool = { connect: jest.fn(connect), waitingCount, totalCount, idleCount: 0, options: { max: 2 } };
  return { pool, guarded: new GuardedPool(pool as unknown as Pool) };
}

describe('GuardedPool', () => {
  afterEach(() => void jest.useRealTimers());

  describe('when a connection is refused once', () => {
    it('tries again, because nothing was sent', async () => {
      const answers = [refused()];
      const { pool, guarded } = poolThat(async () => {
        const error = answers.shift();
        if (error) throw error;
        return CLIENT;
      });
      expect(await guarded.connect()).toBe(CLIENT);
      expect(pool.connect).toHaveBeenCalledTimes(2);
    });
  });

  describe('when the database stays away', () => {
    beforeEach(stopTheDate);

    it('asks a few times, then leaves it alone and says so at once, then looks again', async () => {
      let away = true;
      const { pool, guarded } = poolThat(async () => {
        if (away) throw refused();
        return CLIENT;
      });
      await expect(guarded.connect()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
      const asked = pool.connect.mock.calls.length;
      expect(asked).toBe(5);
      await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
      expect(pool.connect).toHaveBeenCalledTimes(asked);
      away = false;
      jest.setSystemTime(Date.now() + 1_000);
      expect(await guarded.connect()).toBe(CLIENT);
    });
  });

  describe('when a connection does not come in time', () => {
    it('does not wait for another: the time is used up', async () => {
      const { pool, guarded } = poolThat(async () => Promise.reject(new Error('timeout exceeded when trying to connect')));
      await expect(guarded.connect()).rejects.toThrow('timeout');
      expect(pool.connect).toHaveBeenCalledTimes(1);
    });
  });

  describe('when all connections are in use for long', () => {
    it('says so, and does not take the database for away', async () => {
      const slow = async () => Promise.reject(new Error('timeout exceeded when trying to connect'));
      const { pool, guarded } = poolThat(slow, { totalCount: 2 });
      for (let count = 0; count < 7; count += 1) await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
      expect(pool.connect).toHaveBeenCalledTimes(7);
    });
  });

  describe('when the password is wrong', () => {
    beforeEach(stopTheDate);

    it('says so, and leaves the database alone soon: it is for people to mend', async () => {
      const { pool, guarded } = poolThat(async () => Promise.reject(Object.assign(new Error('no'), { code: '28P01' })));
      await expect(guarded.connect()).rejects.toMatchObject({ code: '28P01' });
      for (let count = 0; count < 7; count += 1) await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_AWAY' });
      expect(pool.connect).toHaveBeenCalledTimes(5);
    });
  });

  describe('when no connection comes to be for a reason that nobody has thought of', () => {
    it('says that the database is away: no statement can be to blame', async () => {
      const cause = new Error('SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match');
      const { guarded } = poolThat(async () => Promise.reject(cause));
      await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_AWAY', cause });
    });
  });

  describe('when too many wait already', () => {
    it('refuses the next one instead of making all late', async () => {
      const { pool, guarded } = poolThat(async () => CLIENT, { waitingCount: 32 });
      await expect(guarded.connect()).rejects.toMatchObject({ code: 'DATABASE_BUSY' });
      expect(pool.connect).not.toHaveBeenCalled();
    });
  });

  describe('when the database falls silent and comes back', () => {
    let postgres: WirePostgres;
    let port: number;
    let database: Kysely<unknown>;
    let guarded: GuardedPool;
    beforeEach(async () => {
      // a busy machine may take longer for an answer than a client waits
      jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'Date', 'performance'] });
      postgres = new WirePostgres();
      port = await postgres.start();
      open(1);
    });
    afterEach(async () => {
      postgres.stop();
      await database.destroy();
    });
    const open = (statementTimeout: number): void => {
      const config = { port, host: '127.0.0.1', name: 'harbour', user: 'harbour', password: '', poolSize: 1 };
      guarded = new GuardedPool(createPool(config, { applicationName: 'harbour', statementTimeout }));
      database = new Kysely({ dialect: new PostgresDialect({ pool: guarded }) });
    };
    /** Time passes until the client gives up. */
    const givenUp = async (asked: Promise<unknown>): Promise<void> => {
      const over = new AbortController();
      const end = expect(asked.finally(() => over.abort())).rejects.toThrow('Query read timeout');
      for (; !over.signal.aborted; await turn()) jest.advanceTimersByTime(100);
      await end;
    };
    const told = async (text: string) => sql.raw(text).execute(database);
    const ran = (text: string) => postgres.statements.find((statement) => statement.text === text);

    it(
      'runs no statement within a transaction whose beginning was given up',
      async () => {
        await told('before');
        postgres.freeze();
        await givenUp(database.transaction().execute(async () => undefined));
        postgres.thaw();
        await told('after');
        expect(ran('after')).toEqual({ text: 'after', inTransaction: false });
      },
      FOR_EVER_MS,
    );

    it(
      'lets nobody wait behind a statement whose answer was given up',
      async () => {
        await told('before');
        postgres.freeze();
        await givenUp(told('given up'));
        await told('after');
        expect(ran('after')).toBeDefined();
      },
      FOR_EVER_MS,
    );

    it('keeps a connection that is in order, also when a statement has failed on it', async () => {
      jest.useRealTimers();
      open(FOR_EVER_MS);
      const clients = new Set<PoolClient>();
      for (let count = 0; count < 3; count += 1) {
        await expect(guarded.query('fail')).rejects.toMatchObject({ code: '42P01' });
        await database.transaction().execute(async (transaction) => sql.raw('within').execute(transaction));
        const client = await guarded.connect();
        clients.add(client);
        client.release();
      }
      expect(clients.size).toBe(1);
    });
  });
});
