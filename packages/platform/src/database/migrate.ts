import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import type { PlatformLogger } from '../logging/logger.ts';
import type { DatabaseConfig } from './database.config.ts';
import { createPool } from './database.pool.ts';

/** A busy machine may take that long; what it takes longer is broken. */
const CONNECT_TIMEOUT_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * Brings the schema up to date. Safe when several run at once: Kysely's migrator takes an advisory lock for the transaction, so one
 * migrates and the others find nothing to do. All or nothing.
 */
export async function migrate(config: DatabaseConfig, migrations: Record<string, Migration>, logger: PlatformLogger): Promise<void> {
  const pool = createPool(config, {
    applicationName: 'migrate',
    connectTimeout: CONNECT_TIMEOUT_MS,
    statementTimeout: STATEMENT_TIMEOUT_MS,
  });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrator = new Migrator({ db: database, provider: { getMigrations: async () => migrations } });
    const { error, results = [] } = await migrator.migrateToLatest();
    for (const { migrationName, status } of results) logger.info({ migration: migrationName, status }, 'migration');
    if (error) throw new Error('expected the migrations to run, found an error; nothing was changed', { cause: error });
    logger.info({ applied: results.length }, 'schema is up to date');
  } finally {
    await database.destroy();
  }
}
