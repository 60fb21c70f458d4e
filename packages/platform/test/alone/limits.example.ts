import { limitConcurrency, RateLimiter } from '@seaworthy/platform/limits';
import { fastify } from 'fastify';

const callers = new RateLimiter({ perSecond: 1, burst: 3 });

/** Two requests in hand; three at once of one caller, then one a second. */
export function limited(answer: () => Promise<object>) {
  const server = fastify();
  limitConcurrency(server, 2);
  server.get('/tides', async (request, reply) => {
    const wait = callers.take(String(request.headers['x-caller']));
    return wait === 0 ? answer() : reply.code(429).header('retry-after', wait).send();
  });
  return server;
}
