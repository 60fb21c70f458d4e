import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Kysely, PostgresDialect, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { Pool } from 'pg';
import { pino } from 'pino';
import { eventually, ServiceProcess, startPostgres } from '@seaworthy/testing';
import type { StartedPostgres } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import { DatabaseConfig, migrate } from '../src/database/index.ts';

const creating: Migration = { up: async (database) => database.schema.createTable('boats').addColumn('name', 'text').execute() };
const adding = (column: string): Migration => ({
  up: async (database) => database.schema.alterTable('boats').addColumn(column, 'text').execute(),
});
const OLD = { '0001-create-boats': creating, '0002-expand-add-port': adding('port') };
const NEWER = { ...OLD, '0004-expand-add-note': adding('note') };

/** Versions of one service, one after the other, on the same database: the later one is not always the newer one. */
describe('migrate', () => {
  let postgres: StartedPostgres;
  let database: Kysely<unknown>;

  beforeAll(async () => {
    postgres = await startPostgres();
    const pool = new Pool({ ...postgres, database: postgres.name });
    database = new Kysely({ dialect: new PostgresDialect({ pool }) });
  });
  beforeEach(async () => {
    await sql`drop table if exists boats, kysely_migration, kysely_migration_lock`.execute(database);
  });
  afterAll(async () => {
    await database?.destroy();
    await postgres?.stop();
  });

  /** Returns what it logged. */
  async function run(migrations: Record<string, Migration>): Promise<Record<string, unknown>[]> {
    const lines: string[] = [];
    const logger = pino({ base: null }, { write: (line) => lines.push(line) });
    // a service may have as few connections as that
    await migrate(new DatabaseConfig({ ...postgres, poolSize: 1 }), migrations, logger);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
  const applied = async () => (await sql<{ name: string }>`select name from kysely_migration order by name`.execute(database)).rows;
  const named = (...names: string[]) => names.map((name) => ({ name }));
  const boats = async () => (await sql`select * from boats`.execute(database)).rows;

  describe('when the database is behind', () => {
    it('runs what has not run, in order, and then nothing any more', async () => {
      await run({ '0001-create-boats': creating });
      expect(await run(OLD)).toEqual([
        expect.objectContaining({ migration: '0002-expand-add-port', status: 'Success' }),
        expect.objectContaining({ applied: 1 }),
      ]);
      expect(await run(OLD)).toEqual([expect.objectContaining({ applied: 0 })]);
      expect(await applied()).toEqual(named('0001-create-boats', '0002-expand-add-port'));
    });
  });

  describe('when a newer version has added to it', () => {
    beforeEach(async () => {
      await run(NEWER);
      await sql`insert into boats values ('Gorch', 'Kiel', 'three masts')`.execute(database);
    });

    it('leaves that as it is, and says so; the newer version finds it again', async () => {
      expect(await run(OLD)).toEqual([
        expect.objectContaining({ migrations: ['0004-expand-add-note'] }),
        expect.objectContaining({ applied: 0 }),
      ]);
      expect(await boats()).toEqual([{ name: 'Gorch', port: 'Kiel', note: 'three masts' }]);
      expect(await run(NEWER)).toEqual([expect.objectContaining({ applied: 0 })]);
    });

    it('runs what another version brings instead, whatever its number, and so does the one that has both', async () => {
      const other = { '0003-expand-add-flag': adding('flag') };
      await run({ ...OLD, ...other });
      expect(await boats()).toEqual([{ name: 'Gorch', port: 'Kiel', note: 'three masts', flag: null }]);
      expect(await run({ ...NEWER, ...other })).toEqual([expect.objectContaining({ applied: 0 })]);
    });
  });

  describe('when a newer version may have taken something away', () => {
    it('refuses, names the migration, and changes nothing', async () => {
      await run({ '0001-create-boats': creating, '0003-drop-port': { up: async () => undefined } });
      const before = await applied();
      await expect(run(OLD)).rejects.toMatchObject({ code: 'SCHEMA_AHEAD', message: expect.stringContaining('0003-drop-port') });
      expect(await applied()).toEqual(before);
      expect(await boats()).toEqual([]);
    });

    it('ends the one-shot with 1 and one line for whoever deploys', async () => {
      await run({ '0001-create-boats': creating, '0003-drop-port': { up: async () => undefined } });
      const program = await bundleProgram(join(import.meta.dirname, '..'), 'test/fixtures/boats.task.ts');
      const task = await ServiceProcess.launch({
        program,
        environment: {
          DATABASE_HOST: postgres.host,
          DATABASE_PORT: String(postgres.port),
          DATABASE_NAME: postgres.name,
          DATABASE_USER: postgres.user,
        },
        secrets: { 'database-password': postgres.password },
      });
      expect(await task.exited).toBe(1);
      const line =
        /^boats-migrate: expected a database that this version knows, found that 0003-drop-port has run, .*: deploy a version .*\n$/;
      await eventually(async () => expect(task.stderr).toMatch(line));
      expect(task.lines).toEqual([]);
      await task.stop();
    });
  });
});
