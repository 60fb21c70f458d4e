import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Migration } from 'kysely/migration';
import { RefusalError } from '../errors/refusal.error.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { appliedMigrations, unknownMigrations } from './applied.migrations.ts';
import type { Queryable } from './applied.migrations.ts';
import type { DatabaseConfig } from './database.config.ts';
import { createPool } from './database.pool.ts';

/** A busy machine may take that long; what it takes longer is broken. */
const CONNECT_TIMEOUT_MS = 30_000;
const STATEMENT_TIMEOUT_MS = 120_000;
/** one for the transaction that migrates, one to read beside it what has run */
const CONNECTIONS = 2;

/**
 * Brings the schema up to date. Safe when several run at once: Kysely's migrator takes an advisory lock for the transaction, so one
 * migrates and the others find nothing to do. All or nothing. What a newer version has added stays.
 * @throws RefusalError with `SCHEMA_AHEAD` when a migration has run that this version does not know, and that does not say that it only adds
 */
export async function migrate(config: DatabaseConfig, migrations: Record<string, Migration>, logger: PlatformLogger): Promise<void> {
  const pool = createPool(config, {
    applicationName: 'migrate',
    size: CONNECTIONS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    statementTimeout: STATEMENT_TIMEOUT_MS,
  });
  const database = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  try {
    const migrator = new Migrator({
      db: database,
      // asked while the lock is held: nobody migrates meanwhile
      provider: { getMigrations: async () => withAdded(pool, migrations, logger) },
      // a version that was deployed instead of a newer one may bring a migration of its own, with a lower number than what that one has added
      allowUnorderedMigrations: true,
    });
    const { error, results = [] } = await migrator.migrateToLatest();
    for (const { migrationName, status } of results) logger.info({ migration: migrationName, status }, 'migration');
    if (error instanceof RefusalError) throw error;
    if (error) throw new Error('expected the migrations to run, found an error; nothing was changed', { cause: error });
    logger.info({ applied: results.length }, 'schema is up to date');
  } finally {
    await database.destroy();
  }
}

/** Our migrations, and those that have run and only add: without them, Kysely would take the database for a broken one. */
async function withAdded(
  pool: Queryable,
  migrations: Record<string, Migration>,
  logger: PlatformLogger,
): Promise<Record<string, Migration>> {
  const { adding, other } = unknownMigrations(await appliedMigrations(pool), Object.keys(migrations));
  if (other.length > 0)
    throw new RefusalError({
      code: 'SCHEMA_AHEAD',
      message: `expected a database that this version knows, found that ${other.join(', ')} has run, of a newer one; nothing was changed: deploy a version that has it`,
    });
  if (adding.length > 0) logger.info({ migrations: adding }, 'a newer version has added to the schema: that stays');
  return { ...Object.fromEntries(adding.map((name) => [name, { up: async () => undefined }])), ...migrations };
}
