import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Injectable, Inject, Module, Post, Query } from '@nestjs/common';
import type { OnApplicationBootstrap } from '@nestjs/common';
import { Kysely, sql } from 'kysely';
import { z } from 'zod';
import { OtlpCollector, startNats, startPostgres, startValkey } from '@seaworthy/testing';
import type { CollectedSpan, StartedNats, StartedPostgres, StartedValkey } from '@seaworthy/testing';
import { Cache, CacheConfig, CacheModule } from '../src/cache/index.ts';
import { DatabaseConfig, DatabaseModule } from '../src/database/index.ts';
import { Anonymous, assembleService } from '../src/index.ts';
import type { Service } from '../src/index.ts';
import { Messaging, MessagingConfig, MessagingModule } from '../src/messaging/index.ts';

const STREAM = { name: 'TRIPS', subjects: ['trips.>'], maxAge: 60_000, maxBytes: 2 ** 20, duplicateWindow: 10_000 };
const Trip = z.strictObject({ to: z.string() });
const TripQuery = z.strictObject({ token: z.string() });

@Anonymous() // a test's door
@Controller('trips')
class TripsController {
  constructor(
    @Inject(Kysely) private readonly database: Kysely<unknown>,
    private readonly cache: Cache,
    private readonly messaging: Messaging,
  ) {}

  @Post()
  async begin(@Body({ schema: Trip }) { to }: z.infer<typeof Trip>, @Query({ schema: TripQuery }) _query: object) {
    const load = async () => (await sql<{ port: string }>`select ${to}::text as port`.execute(this.database)).rows[0]?.port ?? '';
    const port = await this.cache.through({ key: 'catalog:trip', ttl: 60_000, schema: z.string(), load });
    await this.messaging.publish({ subject: 'trips.begun.trip-1', id: 'trip-1', data: { to: port } });
    return { port };
  }
}

/** What happens because of the message, elsewhere and later: part of the same trace. */
@Injectable()
class Harbour implements OnApplicationBootstrap {
  static arrived: () => void = () => undefined;

  constructor(
    @Inject(Kysely) private readonly database: Kysely<unknown>,
    private readonly messaging: Messaging,
  ) {}

  onApplicationBootstrap(): void {
    this.messaging.consume({ stream: STREAM.name, durable: 'harbour', schema: Trip }, async () => {
      await sql`select 'arrived'`.execute(this.database);
      Harbour.arrived();
    });
  }
}

@Module({
  imports: [
    DatabaseModule.with({ applicationName: 'trips' }),
    CacheModule.with(),
    MessagingModule.with({ client: 'orders', streams: [STREAM], readiness: 'required' }),
  ],
  controllers: [TripsController],
  providers: [Harbour],
})
class TripsModule {}

describe('the telemetry of one request', () => {
  let stores: [StartedPostgres, StartedValkey, StartedNats];
  let collector: OtlpCollector;
  let service: Service;
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  const lines: string[] = [];

  beforeAll(async () => {
    stores = await Promise.all([startPostgres(), startValkey(), startNats()]);
    collector = await OtlpCollector.start();
    const [postgres, valkey, nats] = stores;
    const environment = {
      DATABASE_HOST: postgres.host,
      DATABASE_PORT: String(postgres.port),
      DATABASE_NAME: postgres.name,
      DATABASE_USER: postgres.user,
      CACHE_HOST: valkey.host,
      CACHE_PORT: String(valkey.port),
      CACHE_USER: valkey.user,
      MESSAGING_HOST: nats.host,
      MESSAGING_PORT: String(nats.port),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
      OTEL_LOGS_EXPORTER: 'otlp',
    };
    const secrets: Record<string, string> = {
      'database-password': postgres.password,
      'cache-password': valkey.password,
      'messaging-key': nats.key,
    };
    service = await assembleService(TripsModule, {
      name: 'trips',
      config: [DatabaseConfig, CacheConfig, MessagingConfig],
      source: { environment, secret: (name) => secrets[name] },
      logDestination: { write: (line) => void lines.push(line) },
    });
    const arrived = new Promise<void>((resolve) => (Harbour.arrived = resolve));
    await ready();
    // as the edge hands it on
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01`, 'x-request-id': 'from-the-edge' };
    const answer = await service.app.inject({ method: 'POST', url: '/trips?token=hunter2', payload: { to: 'Rostock' }, headers });
    expect(answer.statusCode).toBe(201);
    await arrived;
    await service.close(); // sends what is left
  });

  afterAll(async () => {
    await collector.stop();
    await Promise.all(stores.map(async (store) => store.stop()));
  });

  const ready = async (): Promise<void> => {
    for (;;) if ((await service.app.inject('/health/ready')).json<{ status: unknown }>().status === 'ok') return;
  };
  const ofTrace = () => collector.spans.filter((span) => span.traceId === traceId);
  const named = (name: RegExp): CollectedSpan => {
    const found = ofTrace().find((span) => name.test(span.name));
    if (!found)
      throw new Error(
        `expected a span like ${String(name)}, found ${ofTrace()
          .map((span) => span.name)
          .join(', ')}`,
      );
    return found;
  };

  it('is one trace: request, Valkey, PostgreSQL, NATS, and what the message made happen', () => {
    const request = named(/^POST \/trips$/);
    const sent = named(/^send trips.begun$/);
    const processed = named(/^process trips.begun$/);
    expect(request.parentSpanId).toBe('b7ad6b7169203331');
    expect(named(/^GET$/).parentSpanId).toBe(request.spanId);
    expect(named(/^SET$/).parentSpanId).toBe(request.spanId);
    expect(sent.parentSpanId).toBe(request.spanId);
    expect(processed.parentSpanId).toBe(sent.spanId);
    const queries = ofTrace().filter(({ name }) => name.startsWith('pg.query'));
    expect(new Set(queries.map(({ parentSpanId }) => parentSpanId))).toEqual(new Set([request.spanId, processed.spanId]));
  });

  it('names a message by what has few values, and tells of which it was', () => {
    const told = ({ attributes }: CollectedSpan) => Object.fromEntries(attributes.map(({ key, value }) => [key, value['stringValue']]));
    const both = {
      'messaging.system': 'nats',
      'messaging.destination.name': 'trips.begun.trip-1',
      'messaging.destination.template': 'trips.begun',
      'messaging.message.id': 'trip-1',
    };
    const sent = { ...both, 'messaging.operation.name': 'send', 'messaging.operation.type': 'send' };
    expect(told(named(/^send trips.begun$/))).toEqual(sent);
    const processed = { ...both, 'messaging.operation.name': 'process', 'messaging.operation.type': 'process' };
    expect(told(named(/^process trips.begun$/))).toEqual({ ...processed, 'messaging.consumer.group.name': 'harbour' });
  });

  it('tells no values: neither of the query string, nor of parameters, keys and bodies', () => {
    expect(JSON.stringify(collector.spans)).not.toMatch(/hunter2|Rostock|catalog:trip/);
  });

  it('has its log lines in the same trace, here and at the collector, once', () => {
    const line = lines
      .map((text) => JSON.parse(text) as Record<string, unknown>)
      .filter(({ msg }) => msg === 'request')
      .at(-1);
    expect(line).toMatchObject({ trace_id: traceId, span_id: named(/^POST/).spanId, requestId: 'from-the-edge' });
    const collected = collector.logs.filter(({ body }) => body.stringValue === 'request');
    const own = collected.filter((log) => log.traceId === traceId);
    expect(own).toHaveLength(1);
    expect(own[0]).toMatchObject({ severityText: 'info', spanId: named(/^POST/).spanId });
    expect(JSON.stringify(collector.logs)).not.toContain('hunter2');
  });

  it.each([
    ['the request', 'http.server.request.duration', { 'http.route': '/trips', 'http.response.status_code': 201 }],
    ['its question to Valkey', 'db.client.operation.duration', { 'db.system.name': 'redis', 'db.operation.name': 'GET' }],
    ['its answer to Valkey', 'db.client.operation.duration', { 'db.system.name': 'redis', 'db.operation.name': 'SET' }],
    ['its statements', 'db.client.operation.duration', { 'db.system.name': 'postgresql' }],
    ['its message', 'messaging.client.operation.duration', { 'messaging.system': 'nats', 'messaging.operation.name': 'send' }],
    [
      'what the message made happen',
      'messaging.process.duration',
      { 'messaging.destination.name': STREAM.name, 'messaging.consumer.group.name': 'harbour' },
    ],
  ])('has how long it took in the metrics: %s', (_what, name, attributes) => {
    expect(collector.metrics).toContainEqual({ name, attributes: expect.objectContaining(attributes) });
  });

  it('tells no values in the metrics either', () => {
    expect(JSON.stringify(collector.metrics)).not.toMatch(/hunter2|Rostock|catalog:trip|trip-1/);
  });
});
