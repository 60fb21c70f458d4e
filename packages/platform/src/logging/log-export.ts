import { ROOT_CONTEXT, SeverityNumber, TraceFlags, trace } from '@opentelemetry/api';
import type { AnyValue, Context } from '@opentelemetry/api';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-http';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import type { resourceFromAttributes } from '@opentelemetry/resources';
import type { DestinationStream } from 'pino';

export interface LogExportOptions {
  resource: ReturnType<typeof resourceFromAttributes>;
  /** base URL of an OTLP/HTTP collector */
  endpoint: string;
  /** ms that one export may take */
  timeout: number;
}

const SEVERITY: Readonly<Record<string, SeverityNumber>> = {
  trace: SeverityNumber.TRACE,
  debug: SeverityNumber.DEBUG,
  info: SeverityNumber.INFO,
  warn: SeverityNumber.WARN,
  error: SeverityNumber.ERROR,
  fatal: SeverityNumber.FATAL,
};
const INTERVAL_MS = 1_000;
/** Waiting for the next export; what comes on top is dropped here, and still stands on standard output. */
const MOST_LINES = 4_096;

/**
 * Sends the log lines to a collector as well, as OTLP log records with the ids of their trace. It reads the finished line, so nothing gets there
 * that redaction has taken out; and it reads them a second later, not while a request waits.
 */
export class LogExport {
  readonly #provider: LoggerProvider;
  readonly #timer: NodeJS.Timeout;
  #lines: string[] = [];

  constructor({ resource, endpoint, timeout }: LogExportOptions) {
    const exporter = new OTLPLogExporter({ url: `${endpoint}/v1/logs`, timeoutMillis: timeout });
    const processor = new BatchLogRecordProcessor({ exporter, exportTimeoutMillis: timeout, maxQueueSize: MOST_LINES });
    this.#provider = new LoggerProvider({ resource, processors: [processor] });
    this.#timer = setInterval(() => this.#emit(), INTERVAL_MS).unref();
  }

  /** A stream that writes to `destination` and keeps a copy of each line for the collector. */
  beside(destination: DestinationStream): DestinationStream {
    return {
      write: (line) => {
        destination.write(line);
        if (this.#lines.length < MOST_LINES) this.#lines.push(line);
      },
    };
  }

  /** Sends what is left. */
  async shutdown(): Promise<void> {
    clearInterval(this.#timer);
    this.#emit();
    await this.#provider.shutdown();
  }

  #emit(): void {
    const logger = this.#provider.getLogger('seaworthy');
    const lines = this.#lines;
    this.#lines = [];
    for (const line of lines) {
      const { time, level: ownLevel, msg, trace_id: traceId, span_id: spanId, ...attributes } = JSON.parse(line) as Line;
      const level = typeof ownLevel === 'string' ? ownLevel : 'unspecified';
      logger.emit({
        timestamp: dateOf(time),
        severityNumber: SEVERITY[level] ?? SeverityNumber.UNSPECIFIED,
        severityText: level,
        body: msg ?? '',
        attributes,
        context: contextOf(traceId, spanId),
      });
    }
  }
}

interface Line {
  time: string;
  level: AnyValue;
  msg?: string;
  trace_id?: string;
  span_id?: string;
  [attribute: string]: AnyValue;
}

/** Now, for a line that has none: what is no date would cost all lines that are sent with it. */
function dateOf(time: string): Date {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? new Date() : date;
}

function contextOf(traceId: string | undefined, spanId: string | undefined): Context {
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
}
