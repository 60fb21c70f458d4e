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

/** While `work` runs, PostgreSQL takes back, at its commit, whatever has an event to tell. */
export async function withoutEvents(database: Kysely<OrdersSchema>, work: () => Promise<void>): Promise<void> {
  const last = { kind: 'constraint trigger', when: 'after', how: 'deferrable initially deferred' };
  await withTrigger(database, last, "raise exception 'no event is taken';", work);
}

/** While `work` runs, an order of `owner` cannot get further than its event, which comes after all else that is its own. */
export async function heldBack(database: Kysely<OrdersSchema>, owner: string, work: () => Promise<void>): Promise<void> {
  const wait = `while new.data->>'owner' = '${owner}' and not pg_try_advisory_xact_lock(1) loop perform pg_sleep(0.01); end loop; return new;`;
  await withTrigger(database, { kind: 'trigger', when: 'before', how: '' }, wait, async () =>
    database.connection().execute(async (holder) => {
      await sql`select pg_advisory_lock(1)`.execute(holder);
      try {
        await work();
      } finally {
        await sql`select pg_advisory_unlock(1)`.execute(holder);
      }
    }),
  );
}

/** While `work` runs, PostgreSQL does `body` for each event that is written. */
async function withTrigger(
  database: Kysely<OrdersSchema>,
  { kind, when, how }: { kind: string; when: string; how: string },
  body: string,
  work: () => Promise<void>,
): Promise<void> {
  await sql
    .raw(
      `create function on_event() returns trigger language plpgsql as $$ begin ${body} end $$;
       create ${kind} on_event ${when} insert on order_events ${how} for each row execute function on_event()`,
    )
    .execute(database);
  try {
    await work();
  } finally {
    await sql`drop function on_event() cascade`.execute(database);
  }
}
