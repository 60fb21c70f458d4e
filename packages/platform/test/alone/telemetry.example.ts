import { startTelemetry, traceRequests } from '@seaworthy/platform/telemetry';
import type { TelemetryOptions } from '@seaworthy/platform/telemetry';
import { fastify } from 'fastify';

/** `endpoint` is the base URL of an OTLP collector; without one, trace ids are made and passed on, and nothing is exported. */
export function traced(options: Omit<TelemetryOptions, 'service'>) {
  const telemetry = startTelemetry({ service: 'harbour', ...options });
  const server = fastify();
  traceRequests(server);
  server.get('/tides/:day', async () => ({ high: '04:12' }));
  return { server, telemetry };
}
