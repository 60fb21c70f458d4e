import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import type { ConfigSource } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { environmentOf, secretsOf, startNats, startPostgres } from '@seaworthy/testing';
import type { StartedNats, StartedPostgres } from '@seaworthy/testing';
import { migrations } from '../src/migrations/migrations.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';

export interface Stores {
  postgres: StartedPostgres;
  nats: StartedNats;
  stop(): Promise<void>;
}

/** The project's own PostgreSQL and NATS, with the schema as it ships. */
export async function startStores(): Promise<Stores> {
  const [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
  await migrate(new DatabaseConfig({ ...postgres, poolSize: 2 }), migrations, pino({ level: 'silent' }));
  return { postgres, nats, stop: async () => void (await Promise.all([postgres.stop(), nats.stop()])) };
}

export function sourceOf(stores: Stores): ConfigSource {
  const secrets = secretsOf(stores);
  return { environment: { ...environmentOf(stores), LOG_LEVEL: 'silent' }, secret: (name) => secrets[name] };
}

/** How much there is of everything that requests write, and the stock: the same twice when nothing was written. */
export async function written(database: Kysely<OrdersSchema>): Promise<unknown> {
  const counts = ['orders', 'order_lines', 'order_events', 'idempotency_keys'].map(
    async (table) => (await sql<{ rows: string }>`select count(*) as rows from ${sql.table(table)}`.execute(database)).rows[0]?.rows,
  );
  return [
    await Promise.all(counts),
    await database.selectFrom('stock').select(['product_id', 'available']).orderBy('product_id').execute(),
  ];
}

/** While `work` runs, PostgreSQL takes no new event, which is the last thing that an order writes; those that wait can still be noted as told. */
export async function withoutEvents(database: Kysely<OrdersSchema>, work: () => Promise<void>): Promise<void> {
  await sql`alter table order_events add constraint told_only check (published_at is not null) not valid`.execute(database);
  try {
    await work();
  } finally {
    await sql`alter table order_events drop constraint told_only`.execute(database);
  }
}
