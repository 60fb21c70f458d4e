import { SpanKind, SpanStatusCode, context, propagation, trace } from '@opentelemetry/api';
import type { PlatformAnswer } from '../tls/platform-fetch.ts';
import { methodInName, methodOf } from './http-method.ts';

/** One client span for a request, by OpenTelemetry's semantic conventions for HTTP (stable); the callee gets the trace in headers. */
export async function clientSpan(
  method: string,
  url: URL,
  work: (traceHeaders: Record<string, string>) => Promise<PlatformAnswer>,
): Promise<PlatformAnswer> {
  const told = methodOf(method);
  const span = trace.getTracer('seaworthy.http.client').startSpan(methodInName(method), {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': told,
      'server.address': url.hostname,
      'server.port': Number(url.port || 443),
      // without a query: it may hold what no trace shall
      'url.full': `${url.origin}${url.pathname}`,
    },
  });
  if (told !== method) span.setAttribute('http.request.method_original', method);
  const traceHeaders: Record<string, string> = {};
  propagation.inject(trace.setSpan(context.active(), span), traceHeaders);
  try {
    const answer = await work(traceHeaders);
    span.setAttribute('http.response.status_code', answer.status);
    if (answer.status >= 400) {
      span.setAttribute('error.type', String(answer.status));
      span.setStatus({ code: SpanStatusCode.ERROR });
    }
    return answer;
  } catch (error) {
    span.setAttribute('error.type', error instanceof Error && 'code' in error ? String(error.code) : 'Error');
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}
