import type { FastifyInstance } from 'fastify';
import type { PlatformLogger } from '../logging/logger.ts';

/** Probes come every second from every replica's neighbours: their success is no news. */
const QUIET = '/health/';

/** One line a request, after it was answered: the route and the path, never the query, which may hold anything. */
export function logRequests(fastify: FastifyInstance, logger: PlatformLogger): void {
  fastify.addHook('onResponse', (request, reply, done) => {
    const path = request.originalUrl.split('?', 1)[0] ?? '';
    const quiet = path.startsWith(QUIET);
    const line = {
      requestId: request.id,
      method: request.method,
      path,
      route: request.routeOptions.url,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime * 100) / 100,
      remote: request.ip,
    };
    logger[reply.statusCode >= 500 && !quiet ? 'error' : quiet ? 'debug' : 'info'](line, 'request');
    done();
  });
}
