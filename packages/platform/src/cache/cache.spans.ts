import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { CacheStore } from './cache.ts';

/**
 * Spans of commands by OpenTelemetry's semantic conventions for Redis, whose protocol Valkey speaks; never with keys or values. Its
 * instrumentation of ioredis does not know iovalkey. Outside of a trace there are none.
 */
export function traceStore(store: CacheStore, { host, port }: { host: string; port: number }): CacheStore {
  const tracer = trace.getTracer('seaworthy.cache');
  const inSpan = async <T>(operation: 'GET' | 'SET', work: () => Promise<T>): Promise<T> => {
    if (!trace.getActiveSpan()?.isRecording()) return work();
    const attributes = { 'db.system.name': 'redis', 'db.operation.name': operation, 'server.address': host, 'server.port': port };
    const span = tracer.startSpan(operation, { kind: SpanKind.CLIENT, attributes });
    try {
      return await work();
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
