import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import { isoTime } from '../logging/iso-time.ts';
import { spanOf } from '../telemetry/server-spans.ts';

/** Probes come every second from every replica's neighbours: their success is no news. */
const QUIET = '/health/';

export interface RequestLogOptions {
  service: string;
  logger: Pick<Logger, 'isLevelEnabled'>;
  destination: DestinationStream;
}

/**
 * One line a request, after it was answered: the route and the path, never the query, which may hold anything. The line is put together here
 * instead of by pino: its keys are known and name no secret, so that nothing has to be copied, looked through and redacted with each request.
 */
export function logRequests(fastify: FastifyInstance, { service, logger, destination }: RequestLogOptions): void {
  const base = `","service":${JSON.stringify(service)}`;
  fastify.addHook('onResponse', (request, reply, done) => {
    const path = pathOf(request.originalUrl);
    const quiet = path.startsWith(QUIET);
    const level = quiet ? 'debug' : reply.statusCode >= 500 ? 'error' : 'info';
    if (logger.isLevelEnabled(level)) destination.write(`{"level":"${level}","time":"${isoTime()}${base}${line(request, reply, path)}}\n`);
    done();
  });
}

function line(request: FastifyRequest, reply: FastifyReply, path: string): string {
  const span = spanOf(request)?.spanContext();
  const trace = span ? `,"trace_id":"${span.traceId}","span_id":"${span.spanId}"` : '';
  const route = request.routeOptions.url;
  const duration = Math.round(reply.elapsedTime * 100) / 100;
  return (
    `${trace},"requestId":"${request.id}","method":"${request.method}","path":${JSON.stringify(path)}` +
    `${route === undefined ? '' : `,"route":${JSON.stringify(route)}`},"status":${reply.statusCode},"durationMs":${duration}` +
    `,"remote":"${request.ip}","msg":"request"`
  );
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
