import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SpanStatusCode, metrics } from '@opentelemetry/api';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import { KeptSpans } from '../../test/fixtures/kept.spans.ts';
import type { PlatformAnswer } from '../tls/platform-fetch.ts';
import { clientSpan } from './client-span.ts';
import { traceRequests } from './server-spans.ts';
import { startTelemetry } from './telemetry.ts';
import type { Telemetry } from './telemetry.ts';

describe('what telemetry tells of HTTP', () => {
  let telemetry: Telemetry;
  let spans: ReadableSpan[];
  let reader: PeriodicExportingMetricReader;
  beforeEach(() => {
    const spanExporter = new KeptSpans();
    ({ spans } = spanExporter);
    telemetry = startTelemetry({ service: 'test', endpoint: undefined, spanExporter });
    const exporter: PushMetricExporter = {
      export: (_found, done) => done({ code: 0 }),
      forceFlush: async () => undefined,
      shutdown: async () => undefined,
    };
    reader = new PeriodicExportingMetricReader({ exporter });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  });
  afterEach(async () => {
    await telemetry.shutdown();
    await reader.shutdown();
  });

  /** The one span that there was. */
  const told = async () => {
    await telemetry.shutdown();
    expect(spans).toHaveLength(1);
    const { name, attributes, status } = spans[0] as ReadableSpan;
    return { name, attributes, failed: status.code === SpanStatusCode.ERROR };
  };

  describe('when it is asked', () => {
    let server: FastifyInstance;
    beforeEach(() => {
      server = fastify();
      traceRequests(server);
      server.get('/tides/:day', async () => ({}));
      server.get('/storm', async () => {
        throw new Error('water everywhere');
      });
    });
    afterEach(async () => server.close());

    const measured = async () => {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics.flatMap((scope) =>
        scope.metrics.flatMap((metric) => metric.dataPoints.map((point) => point.attributes)),
      );
    };

    it.each([
      [
        'an answer',
        'GET',
        '/tides/today?secret=1',
        'GET /tides/:day',
        { 'http.request.method': 'GET', 'http.route': '/tides/:day', 'http.response.status_code': 200 },
        {},
      ],
      [
        'an error of ours',
        'GET',
        '/storm',
        'GET /storm',
        { 'http.request.method': 'GET', 'http.route': '/storm', 'http.response.status_code': 500, 'error.type': '500' },
        {},
      ],
      ['an address that is none', 'GET', '/nowhere/at/all', 'GET', { 'http.request.method': 'GET', 'http.response.status_code': 404 }, {}],
      [
        'a method that is known to few',
        'PROPFIND',
        '/storm',
        'HTTP',
        { 'http.request.method': '_OTHER', 'http.response.status_code': 404 },
        { 'http.request.method_original': 'PROPFIND' },
      ],
    ])('names %s by what has few values, and says how it ended', async (_what, method, url, name, both, ofSpan) => {
      await server.inject({ method: method as 'GET', url });
      const attributes = { ...both, 'url.scheme': 'https' };
      expect(await measured()).toEqual([attributes]);
      expect(await told()).toEqual({
        name,
        attributes: { ...attributes, ...ofSpan, 'url.path': url.replace('?secret=1', '') },
        failed: both['http.response.status_code'] === 500,
      });
    });
  });

  describe('when it asks', () => {
    const target = { 'server.address': 'tides.test', 'server.port': 443, 'url.full': 'https://tides.test/today' };
    const ask = async (method: string, status: number) =>
      clientSpan(method, new URL('https://tides.test/today?secret=1'), async () => ({ status }) as PlatformAnswer);

    it.each([
      [200, {}, false],
      [404, { 'error.type': '404' }, true],
      [503, { 'error.type': '503' }, true],
    ])('says of %d how it ended', async (status, error, failed) => {
      await ask('GET', status);
      const attributes = { ...target, 'http.request.method': 'GET', 'http.response.status_code': status, ...error };
      expect(await told()).toEqual({ name: 'GET', attributes, failed });
    });

    it('has one name for methods that are known to few', async () => {
      await ask('PROPFIND', 207);
      const method = { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' };
      expect(await told()).toEqual({ name: 'HTTP', attributes: { ...target, ...method, 'http.response.status_code': 207 }, failed: false });
    });
  });
});
