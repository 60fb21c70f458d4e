import { SpanKind, SpanStatusCode, context, metrics, propagation, trace } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const SPAN = Symbol('server span');

interface Traced {
  [SPAN]?: Span;
}

/** The span of a request, also when its own asynchronous context has ended. */
export function spanOf(request: FastifyRequest): Span | undefined {
  return (request as FastifyRequest & Traced)[SPAN];
}

/**
 * One server span and one duration a request, by OpenTelemetry's semantic conventions for HTTP (stable).
 * Our own lines instead of @fastify/otel, which puts the query string into the span and measures no duration.
 */
export function traceRequests(fastify: FastifyInstance): void {
  const tracer = trace.getTracer('seaworthy.http.server');
  const duration = metrics.getMeter('seaworthy.http.server').createHistogram('http.server.request.duration', {
    unit: 's',
    description: 'Duration of HTTP server requests.',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10] },
  });
  fastify.decorateRequest(SPAN, undefined);

  fastify.addHook('onRequest', (request, _reply, done) => {
    const active = context.active();
    // most of the work of `extract` is to find out that there is nothing to extract
    const parent = request.headers['traceparent'] === undefined ? active : propagation.extract(active, request.headers);
    const span = tracer.startSpan(`${request.method} ${route(request)}`, { kind: SpanKind.SERVER, attributes: describe(request) }, parent);
    (request as FastifyRequest & Traced)[SPAN] = span;
    context.with(trace.setSpan(parent, span), done);
  });

  fastify.addHook('onResponse', (request, reply, done) => {
    const span = spanOf(request);
    const status = reply.statusCode;
    span?.setAttribute('http.response.status_code', status);
    if (status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR });
    span?.end();
    duration.record(reply.elapsedTime / 1000, {
      'http.request.method': request.method,
      'http.response.status_code': status,
      'http.route': route(request),
      'url.scheme': 'https',
    });
    done();
  });
}

function describe(request: FastifyRequest): Record<string, string> {
  const query = request.url.indexOf('?');
  return {
    'http.request.method': request.method,
    'http.route': route(request),
    'url.path': query < 0 ? request.url : request.url.slice(0, query),
    'url.scheme': 'https',
  };
}

/** The template of the address, so that the number of names stays small whatever is asked for. */
function route(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
