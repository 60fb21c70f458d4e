import { ROOT_CONTEXT, SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { Attributes, Context } from '@opentelemetry/api';
import { headers } from '@nats-io/transport-node';
import type { MsgHdrs } from '@nats-io/transport-node';
import { errorType } from '../telemetry/duration.ts';

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

export interface MessageSpan {
  operation: 'send' | 'process';
  subject: string;
  id: string;
  /** who shares the messages: the durable */
  group?: string;
  parent: Context;
}

/** A span by OpenTelemetry's semantic conventions for messaging: `send orders.placed`, `process orders.placed`. */
export async function inSpan<T>({ operation, subject, id, group, parent }: MessageSpan, work: () => Promise<T>): Promise<T> {
  const template = templateOf(subject);
  const attributes: Attributes = {
    'messaging.system': 'nats',
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    'messaging.destination.name': subject,
    'messaging.destination.template': template,
    'messaging.message.id': id,
  };
  if (group !== undefined) attributes['messaging.consumer.group.name'] = group;
  const kind = operation === 'send' ? SpanKind.PRODUCER : SpanKind.CONSUMER;
  const span = trace.getTracer('seaworthy.messaging').startSpan(`${operation} ${template}`, { kind, attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), work);
  } catch (error) {
    span.setAttribute('error.type', errorType(error));
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** `orders.placed` of `orders.placed.<order>`: what follows are ids, and the number of names stays small. */
function templateOf(subject: string): string {
  const second = subject.indexOf('.', subject.indexOf('.') + 1);
  return second < 0 ? subject : subject.slice(0, second);
}
