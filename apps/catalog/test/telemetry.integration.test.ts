import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { resolve } from 'node:path';
import { pino } from 'pino';
import { DatabaseConfig, migrate } from '@seaworthy/platform/database';
import { OtlpCollector, ServiceProcess, startPostgres, startValkey } from '@seaworthy/testing';
import { bundleProgram } from '@seaworthy/testing-services';
import type { StartedPostgres, StartedValkey } from '@seaworthy/testing';
import { migrations } from '../src/migrations/migrations.ts';
import { catalogSource } from './catalog.fixture.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('catalog’s bundle, with a collector', () => {
  let postgres: StartedPostgres;
  let valkey: StartedValkey;
  let collector: OtlpCollector;
  let service: ServiceProcess;

  beforeAll(async () => {
    [postgres, valkey, collector] = await Promise.all([startPostgres(), startValkey(), OtlpCollector.start()]);
    await migrate(new DatabaseConfig({ ...postgres, poolSize: 2 }), migrations, pino({ level: 'silent' }));
    const { environment } = catalogSource(postgres, valkey);
    service = await ServiceProcess.start({
      program: await bundleProgram(resolve(import.meta.dirname, '..'), 'src/main.ts'),
      environment: { ...(environment as Record<string, string>), OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, DRAIN_DELAY_MS: '0' },
      secrets: { 'database-password': postgres.password, 'cache-password': valkey.password },
    });
    await service.get('/products?search=sextant', service.agent(), { traceparent: `00-${TRACE}-b7ad6b7169203331-01` });
    service.signal('SIGTERM'); // what is not sent yet is sent now
    expect(await service.exited).toBe(0);
  });

  afterAll(async () => {
    await service?.stop();
    await Promise.all([postgres?.stop(), valkey?.stop(), collector?.stop()]);
  });

  it('tells of the request and of its statement, in the caller’s trace', () => {
    const spans = collector.spans.filter(({ traceId }) => traceId === TRACE);
    const server = spans.find(({ name }) => name === 'GET /products');
    const statement = spans.find(({ name }) => name.startsWith('pg.query'));
    expect(server).toMatchObject({ kind: 2, parentSpanId: 'b7ad6b7169203331' });
    expect(statement).toMatchObject({ parentSpanId: server?.spanId });
  });

  it('puts neither query nor values nor passwords into spans', () => {
    const text = JSON.stringify(collector.spans);
    expect(text).toContain('/products');
    expect(text).not.toContain('sextant');
    expect(text).not.toContain(postgres.password);
  });

  it('tells the durations of requests', () => {
    expect(collector.metrics.map(({ name }) => name)).toContain('http.server.request.duration');
  });

  it('logs the same trace', () => {
    expect(service.lines.find(({ msg, route }) => msg === 'request' && route === '/products')).toMatchObject({ trace_id: TRACE });
  });
});
