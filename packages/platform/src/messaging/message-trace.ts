import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { headers } from '@nats-io/transport-node';
import type { MsgHdrs } from '@nats-io/transport-node';

/** W3C trace context as plain text, to be kept beside what is sent later. */
export type TraceCarrier = Record<string, string>;

/** Where the caller stands in its trace. Empty outside of one. */
export function currentTrace(): TraceCarrier {
  const carrier: TraceCarrier = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

export function traceHeaders(): MsgHdrs {
  const found = headers();
  for (const [key, value] of Object.entries(currentTrace())) found.set(key, value);
  return found;
}

export function contextOf(carrier: TraceCarrier): Context {
  return propagation.extract(ROOT_CONTEXT, carrier);
}

/** Goes on in a trace that was left behind, for work that is done later than what it belongs to. */
export async function inTrace<T>(carrier: TraceCarrier, work: () => Promise<T>): Promise<T> {
  return context.with(contextOf(carrier), work);
}

export function contextFrom(found: MsgHdrs | undefined): Context {
  const carrier: TraceCarrier = {};
  for (const key of ['traceparent', 'tracestate']) {
    const value = found?.get(key);
    if (value) carrier[key] = value;
  }
  return contextOf(carrier);
}

/** A span by OpenTelemetry's semantic conventions for messaging: `send orders.placed`, `process orders.placed`. */
export async function inSpan<T>(
  { operation, subject, id, parent }: { operation: 'send' | 'process'; subject: string; id?: string | undefined; parent: Context },
  work: () => Promise<T>,
): Promise<T> {
  const span = trace.getTracer('seaworthy.messaging').startSpan(
    `${operation} ${subject}`,
    {
      kind: operation === 'send' ? SpanKind.PRODUCER : SpanKind.CONSUMER,
      attributes: {
        'messaging.system': 'nats',
        'messaging.operation.type': operation,
        'messaging.destination.name': subject,
        ...(id !== undefined && { 'messaging.message.id': id }),
      },
    },
    parent,
  );
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
