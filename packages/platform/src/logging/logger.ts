import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import type { DestinationStream, Logger } from 'pino';
import { isoTime } from './iso-time.ts';
import { redact } from './redaction.ts';
import { standardOutput } from './standard-output.ts';

export type PlatformLogger = Logger;

export interface LoggerOptions {
  service: string;
  level: string;
  /** standard output unless told */
  destination?: DestinationStream;
}

/** One JSON object a line on standard output, with the ids of the active trace, without secrets. */
export function createLogger({ service, level, destination }: LoggerOptions): PlatformLogger {
  return pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${isoTime()}"`,
      formatters: { level: (label) => ({ level: label }), log: (object) => redact(object) as Record<string, unknown> },
      serializers: { err: (error: unknown) => error }, // `formatters.log` has seen to it
      mixin: activeTrace,
    },
    destination ?? standardOutput(),
  );
}

/** The names are those of the OpenTelemetry log data model for non-OTLP formats. */
function activeTrace(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
