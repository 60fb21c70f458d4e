import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DestinationStream, Logger } from 'pino';
import { isoTime } from '../logging/iso-time.ts';
import { spanOf } from '../telemetry/server-spans.ts';
import { whenEnded } from '../telemetry/when-ended.ts';

/** Probes come every second from every replica's neighbours: their success is no news. */
const QUIET = '/health/';
/** As nginx says of a client that went before its answer began: there is no status of HTTP for it. */
const CLIENT_CLOSED_REQUEST = 499;

export interface RequestLogOptions {
  service: string;
  logger: Pick<Logger, 'isLevelEnabled'>;
  destination: DestinationStream;
}

/**
 * One line a request, after it was answered, or after its client gave up: the route and the path, never the query, which may hold anything. The
 * line is put together here instead of by pino: its keys are known and name no secret, so that nothing has to be copied, looked through and redacted
 * with each request.
 */
export function logRequests(fastify: FastifyInstance, { service, logger, destination }: RequestLogOptions): void {
  const base = `","service":${JSON.stringify(service)}`;
  whenEnded(fastify, (request, reply, aborted) => {
    const path = pathOf(request.originalUrl);
    const quiet = path.startsWith(QUIET);
    const level = quiet ? 'debug' : reply.statusCode >= 500 ? 'error' : 'info';
    if (logger.isLevelEnabled(level))
      destination.write(`{"level":"${level}","time":"${isoTime()}${base}${line(request, reply, { path, aborted })}}\n`);
  });
}

function line(request: FastifyRequest, reply: FastifyReply, { path, aborted }: { path: string; aborted: boolean }): string {
  const span = spanOf(request)?.spanContext();
  const trace = span ? `,"trace_id":"${span.traceId}","span_id":"${span.spanId}"` : '';
  const route = request.routeOptions.url;
  const status = aborted && !reply.raw.headersSent ? CLIENT_CLOSED_REQUEST : reply.statusCode;
  const duration = Math.round(reply.elapsedTime * 100) / 100;
  return (
    `${trace},"requestId":"${request.id}","method":"${request.method}","path":${JSON.stringify(path)}` +
    `${route === undefined ? '' : `,"route":${JSON.stringify(route)}`},"status":${status}${aborted ? ',"aborted":true' : ''},"durationMs":${duration}` +
    // a connection that has closed no longer knows whose it was
    `${request.ip === undefined ? '' : `,"remote":"${request.ip}"`},"msg":"request"`
  );
}

function pathOf(url: string): string {
  const query = url.indexOf('?');
  return query < 0 ? url : url.slice(0, query);
}
