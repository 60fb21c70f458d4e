import { SpanKind, SpanStatusCode, context, metrics, propagation, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { methodInName, methodOf } from './http-method.ts';
import { whenEnded } from './when-ended.ts';

const SPAN = Symbol('server span');
const ROUTE = Symbol('route');
/** `error.type` of a request whose client, or the edge, has gone before an answer began: there is no status */
const UNANSWERED = 'client_closed_request';

interface Traced {
  [SPAN]?: Span;
  /** the template of the address, so that the number of names stays small whatever is asked for; none where nothing matched */
  [ROUTE]?: string | undefined;
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
  fastify.decorateRequest(ROUTE, undefined);

  fastify.addHook('onRequest', (request, _reply, done) => {
    const active = context.active();
    // most of the work of `extract` is to find out that there is nothing to extract
    const parent = request.headers['traceparent'] === undefined ? active : propagation.extract(active, request.headers);
    // Fastify makes the options anew whenever they are looked at
    const route = request.routeOptions.url;
    const name = methodInName(request.method);
    const span = tracer.startSpan(
      route === undefined ? name : `${name} ${route}`,
      { kind: SpanKind.SERVER, attributes: describe(request, route) },
      parent,
    );
    (request as FastifyRequest & Traced)[SPAN] = span;
    (request as FastifyRequest & Traced)[ROUTE] = route;
    context.with(trace.setSpan(parent, span), done);
  });

  whenEnded(fastify, (request, reply, aborted) => {
    const { [SPAN]: span, [ROUTE]: route } = request as FastifyRequest & Traced;
    const status = reply.statusCode;
    const attributes: Attributes = { 'http.request.method': methodOf(request.method), 'url.scheme': 'https' };
    if (route !== undefined) attributes['http.route'] = route;
    if (aborted && !reply.raw.headersSent) {
      attributes['error.type'] = UNANSWERED;
      span?.setAttribute('error.type', UNANSWERED);
    } else {
      attributes['http.response.status_code'] = status;
      span?.setAttribute('http.response.status_code', status);
      if (status >= 500) {
        attributes['error.type'] = String(status);
        span?.setAttribute('error.type', String(status));
        span?.setStatus({ code: SpanStatusCode.ERROR });
      }
    }
    span?.end();
    duration.record(reply.elapsedTime / 1000, attributes);
  });
}

function describe({ method, url }: FastifyRequest, route: string | undefined): Attributes {
  const query = url.indexOf('?');
  const told = methodOf(method);
  const attributes: Attributes = {
    'http.request.method': told,
    'url.path': query < 0 ? url : url.slice(0, query),
    'url.scheme': 'https',
  };
  if (told !== method) attributes['http.request.method_original'] = method;
  if (route !== undefined) attributes['http.route'] = route;
  return attributes;
}
