import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get, Inject, Module } from '@nestjs/common';
import { Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { pino } from 'pino';
import { z } from 'zod';
import { environmentOf, eventually, secretsOf, startNats, startPostgres } from '@seaworthy/testing';
import type { StartedNats, StartedPostgres } from '@seaworthy/testing';
import { Anonymous, assembleService } from '../src/index.ts';
import type { Service } from '../src/index.ts';
import { DatabaseConfig, DatabaseModule, migrate } from '../src/database/index.ts';
import { Messaging, MessagingConfig, MessagingModule } from '../src/messaging/index.ts';

const STREAM = { name: 'BOATS', subjects: ['boats.>'], maxAge: 3_600_000, maxBytes: 2 ** 20, duplicateWindow: 60_000 };
const migrations: Record<string, Migration> = {
  '0001-create-boats': { up: async (database) => database.schema.createTable('boats').addColumn('name', 'text').execute() },
};
const Boat = z.object({ name: z.string() });

@Anonymous()
@Controller('boats')
class BoatsController {
  readonly #database: Kysely<unknown>;

  constructor(@Inject(Kysely) database: Kysely<unknown>) {
    this.#database = database;
  }

  @Get()
  async list(): Promise<unknown> {
    return (await sql`select name from boats`.execute(this.#database)).rows;
  }
}

@Module({
  imports: [
    DatabaseModule.with({ applicationName: 'boats', migrations }),
    MessagingModule.with({ client: 'orders', streams: [STREAM], readiness: 'optional' }),
  ],
  controllers: [BoatsController],
})
class BoatsModule {}

/** Undefined tables: the same words of PostgreSQL for a migration that is still to come and for a mistake in a statement. */
describe('a handler whose statement names a table that is not there', () => {
  let nats: StartedNats;
  let postgres: StartedPostgres;
  let service: Service;
  let database: Kysely<unknown>;

  beforeAll(async () => {
    [nats, postgres] = await Promise.all([startNats(), startPostgres()]);
  });
  afterEach(async () => service?.close());
  afterAll(async () => {
    await Promise.all([nats?.stop(), postgres?.stop()]);
  });

  const open = async (): Promise<Messaging> => {
    service = await assembleService(BoatsModule, {
      name: 'boats',
      config: [DatabaseConfig, MessagingConfig],
      source: {
        environment: { ...environmentOf({ postgres, nats }), LOG_LEVEL: 'silent' },
        secret: (name) => secretsOf({ postgres, nats })[name],
      },
    });
    database = service.app.get<Kysely<unknown>>(Kysely, { strict: false });
    const messaging = service.app.get(Messaging);
    await eventually(async () => void (await messaging.publish({ subject: 'boats.none', id: 'none', data: {} })));
    return messaging;
  };
  const dead = async (durable: string) =>
    (await nats.messages('DEAD_LETTERS').catch(() => [])).filter(({ subject }) => subject === `dead.BOATS.${durable}`);

  describe('when the migration that makes it has not run', () => {
    it('gets its message again until it has, while no request is let in', async () => {
      const messaging = await open();
      let deliveries = 0;
      const of = { stream: 'BOATS', durable: 'behind', filter: 'boats.behind', schema: Boat, mostDeliveries: 2 };
      messaging.consume(of, async ({ data, delivery }) => {
        deliveries = delivery;
        await sql`insert into boats (name) values (${data.name})`.execute(database);
      });
      await messaging.publish({ subject: 'boats.behind', id: 'behind', data: { name: 'Gorch' } });
      await eventually(async () => expect(deliveries).toBeGreaterThan(3));
      expect(await dead('behind')).toEqual([]);
      const ready = await service.app.inject('/health/ready');
      expect(ready.json()).toMatchObject({ status: 503, details: { schema: { reason: 'SCHEMA_BEHIND' } } });
      expect((await service.app.inject('/boats')).statusCode).toBe(503);

      await migrate(new DatabaseConfig({ ...postgres, poolSize: 2 }), migrations, pino({ level: 'silent' }));
      await eventually(async () => expect((await service.app.inject('/boats')).json()).toEqual([{ name: 'Gorch' }]));
    });
  });

  describe('when all migrations have run', () => {
    it('has made a mistake: the message ends among the dead letters, and the next one has its turn', async () => {
      const messaging = await open();
      const seen: string[] = [];
      const of = { stream: 'BOATS', durable: 'wrong', filter: 'boats.wrong', schema: Boat, mostDeliveries: 2, concurrency: 1 };
      messaging.consume(of, async ({ data }) => {
        if (data.name === 'Gorch') await sql`select no_such_column from boats`.execute(database);
        if (data.name === 'Fock') await sql`select 1 from no_such_table`.execute(database);
        seen.push(data.name);
      });
      for (const name of ['Gorch', 'Fock', 'Alex']) await messaging.publish({ subject: 'boats.wrong', id: name, data: { name } });
      await eventually(async () => expect(seen).toEqual(['Alex']));
      // whoever comes again later holds up nobody: Alex has had its turn meanwhile
      const ended = async () => (await dead('wrong')).map(({ data, headers }) => [data, headers['seaworthy-delivery']]);
      await eventually(async () => {
        const found = await ended();
        expect(found).toHaveLength(2);
        expect(found).toEqual(
          expect.arrayContaining([
            [{ name: 'Gorch' }, '2'],
            [{ name: 'Fock' }, '2'],
          ]),
        );
      });
    });
  });
});
