import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Duration } from '../telemetry/duration.ts';
import type { CacheStore } from './cache.ts';

/**
 * Spans and durations of commands by OpenTelemetry's semantic conventions for Redis, whose protocol Valkey speaks; never with keys or values.
 * Its instrumentation of ioredis does not know iovalkey. Outside of a trace there are no spans.
 */
export function traceStore(store: CacheStore, { host, port }: { host: string; port: number }): CacheStore {
  const tracer = trace.getTracer('seaworthy.cache');
  const duration = new Duration({
    scope: 'seaworthy.cache',
    name: 'db.client.operation.duration',
    description: 'Duration of database client operations.',
  });
  const inSpan = async <T>(operation: 'GET' | 'SET', work: () => Promise<T>): Promise<T> => {
    const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation, 'server.address': host, 'server.port': port };
    const timed = async (): Promise<T> => duration.of(attributes, work);
    if (!trace.getActiveSpan()?.isRecording()) return timed();
    const span = tracer.startSpan(operation, { kind: SpanKind.CLIENT, attributes });
    try {
      return await timed();
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  };
  return {
    get: async (key) => inSpan('GET', async () => store.get(key)),
    set: async (key, value, expiry, milliseconds) => inSpan('SET', async () => store.set(key, value, expiry, milliseconds)),
  };
}
