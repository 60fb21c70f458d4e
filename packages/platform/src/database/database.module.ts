import { Inject, Injectable, Logger, Module } from '@nestjs/common';
import type { DynamicModule, OnApplicationShutdown } from '@nestjs/common';
import { Kysely, PostgresDialect } from 'kysely';
import type { Migration } from 'kysely/migration';
import { HealthRegistry } from '../health/health-registry.ts';
import { ServiceConfig } from '../service/service.config.ts';
import { DatabaseConfig } from './database.config.ts';
import { createPool } from './database.pool.ts';
import type { PoolOptions } from './database.pool.ts';
import { GuardedPool } from './guarded.pool.ts';
import { RowSweeper } from './row.sweeper.ts';
import type { Retention } from './row.sweeper.ts';
import { schemaHealth } from './schema.health.ts';
import { tracePostgres } from './database.spans.ts';

const POOL = Symbol('database pool');

export interface DatabaseOptions extends PoolOptions {
  /** those that this version was written for: readiness asks whether they have run, and no others */
  migrations?: Readonly<Record<string, Migration>>;
  /** rows that go when they are old */
  forget?: readonly Retention[];
}

/** Closes the pool after the last request has ended (`onApplicationShutdown` comes after the server has closed). */
@Injectable()
class DatabaseCloser implements OnApplicationShutdown {
  readonly #database: Kysely<unknown>;

  constructor(@Inject(Kysely) database: Kysely<unknown>) {
    this.#database = database;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#database.destroy();
  }
}

/** PostgreSQL by Kysely: inject `Kysely<YourSchema>`. Needs {@link DatabaseConfig}. Readiness depends on it. */
@Module({})
export class DatabaseModule {
  static with({ forget = [], ...options }: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: POOL,
          inject: [DatabaseConfig, { token: ServiceConfig, optional: true }, { token: HealthRegistry, optional: true }],
          useFactory: (config, service, health) => connect(config, service, health, options),
        },
        {
          provide: Kysely,
          inject: [POOL],
          useFactory: (pool: GuardedPool) => new Kysely({ dialect: new PostgresDialect({ pool }) }),
        },
        {
          provide: RowSweeper,
          inject: [Kysely],
          useFactory: (database: Kysely<unknown>) => new RowSweeper(database, forget),
        },
        DatabaseCloser,
      ],
      exports: [Kysely, RowSweeper],
    };
  }
}

function connect(
  config: DatabaseConfig,
  service: ServiceConfig | undefined,
  health: HealthRegistry | undefined,
  { migrations, ...options }: Omit<DatabaseOptions, 'forget'>,
): GuardedPool {
  if (service?.otlpEndpoint) tracePostgres();
  const pool = createPool(config, options);
  const logger = new Logger('database');
  // an idle connection that breaks is no reason to end the process: the pool makes a new one
  pool.on('error', (error) => logger.warn({ msg: 'idle connection lost', err: error }));
  const guarded = new GuardedPool(pool);
  health?.register({
    name: 'postgres',
    kind: 'required',
    check: async () => {
      await guarded.query('select 1');
    },
  });
  if (migrations) health?.register(schemaHealth(guarded, Object.keys(migrations)));
  return guarded;
}
