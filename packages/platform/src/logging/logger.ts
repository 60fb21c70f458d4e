import { trace } from '@opentelemetry/api';
import { pino } from 'pino';
import type { Bindings, ChildLoggerOptions, DestinationStream, LogFn, Logger } from 'pino';
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
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: () => `,"time":"${isoTime()}"`,
      formatters: { level: (label) => ({ level: label }), log: fieldsOf },
      hooks: { logMethod: redactArguments },
      serializers: { err: (error: unknown) => error }, // `formatters.log` has seen to it
      mixin: activeTrace,
    },
    destination ?? standardOutput(),
  );
  return redactBindings(logger);
}

/** Without secrets, and beside the line's own `time` and `level`: of two members of one name a reader takes the last. */
function fieldsOf(object: object): Record<string, unknown> {
  const fields = redact(object) as Record<string, unknown>;
  for (const name of ['time', 'level']) {
    if (!(name in fields)) continue;
    fields[`caller_${name}`] = fields[name];
    delete fields[name];
  }
  return fields;
}

/** How fields get into all lines of a logger. */
interface Binding {
  child: (this: PlatformLogger, bindings: Bindings, options?: ChildLoggerOptions) => unknown;
  setBindings: (this: PlatformLogger, bindings: Bindings) => void;
}

/** pino has no formatter that a logger's children keep. They get their methods from it, though. */
function redactBindings(logger: PlatformLogger): PlatformLogger {
  const { child, setBindings } = logger as Binding;
  const redacted: Binding = {
    child(bindings, options) {
      return child.call(this, fieldsOf(bindings), options);
    },
    setBindings(bindings) {
      setBindings.call(this, fieldsOf(bindings));
    },
  };
  return Object.assign(logger, redacted);
}

/** What is put into a message (`%j`, `%o`). The fields before it are seen to by `formatters.log`. */
function redactArguments(this: PlatformLogger, words: Parameters<LogFn>, method: LogFn): void {
  for (let index = 1; index < words.length; index += 1) {
    const word: unknown = words[index];
    if (typeof word === 'object' && word !== null) words[index] = word instanceof Error ? String(word) : redact(word);
  }
  method.apply(this, words);
}

/** The names are those of the OpenTelemetry log data model for non-OTLP formats. */
function activeTrace(): object {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}
