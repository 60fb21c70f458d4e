import { randomUUID } from 'node:crypto';
import { createLocalJWKSet } from 'jose';
import { sql } from 'kysely';
import type { Kysely } from 'kysely';
import { pino } from 'pino';
import { AccessModule, assembleService, TokenVerifier } from '@seaworthy/platform';
import type { ConfigSource, Service } from '@seaworthy/platform';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { startNats, startPostgres } from '@seaworthy/testing';
import type { StartedNats, StartedPostgres, TestIssuer } from '@seaworthy/testing';
import { migrations } from '../src/migrations/migrations.ts';
import { OrdersModule } from '../src/orders.module.ts';
import { ORDERS_OPTIONS } from '../src/orders.service-options.ts';
import type { OrdersSchema } from '../src/orders/orders.tables.ts';

export const COMPASS = '1a74f700-97b9-5415-9388-da7aa2cea3fa';
export const SEXTANT = '78c6dfe2-e65f-5851-a5c9-0e7f94793f32';
export const NOTHING = '00000000-0000-4000-8000-000000000000';

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

export function environmentOf({ postgres, nats }: Stores): Record<string, string> {
  return {
    DATABASE_HOST: postgres.host,
    DATABASE_PORT: String(postgres.port),
    DATABASE_NAME: postgres.name,
    DATABASE_USER: postgres.user,
    MESSAGING_HOST: nats.host,
    MESSAGING_PORT: String(nats.port),
  };
}

export function secretsOf({ postgres, nats }: Stores): Record<string, string> {
  return { 'database-password': postgres.password, 'messaging-key': nats.key };
}

export function sourceOf(stores: Stores): ConfigSource {
  const secrets = secretsOf(stores);
  return { environment: { ...environmentOf(stores), LOG_LEVEL: 'silent' }, secret: (name) => secrets[name] };
}

/** Orders as it ships, but for its listening and for whose tokens count. */
export async function assembleOrders(source: ConfigSource, issuer: TestIssuer): Promise<Service> {
  const verifier = new TokenVerifier({ keys: { people: createLocalJWKSet(issuer.jwks) } });
  const access = AccessModule.using({ useFactory: () => verifier });
  return assembleService(OrdersModule.with(access), { ...ORDERS_OPTIONS, source });
}

/** One customer at one replica. */
export class Customer {
  readonly #service: Service;
  readonly #token: string;

  constructor(service: Service, token: string) {
    this.#service = service;
    this.#token = token;
  }

  at(service: Service): Customer {
    return new Customer(service, this.#token);
  }

  async get(url: string, headers: Record<string, string> = {}) {
    return this.#service.app.inject({ url, headers: { authorization: `Bearer ${this.#token}`, ...headers } });
  }

  async post(url: string, payload: unknown, headers: Record<string, string> = {}) {
    const body = payload === undefined ? {} : { payload: payload as object };
    return this.#service.app.inject({ method: 'POST', url, headers: { authorization: `Bearer ${this.#token}`, ...headers }, ...body });
  }

  async order(productId: string, quantity = 1, key: string = randomUUID()) {
    return this.post('/orders', { lines: [{ productId, quantity }] }, { 'idempotency-key': key });
  }
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
