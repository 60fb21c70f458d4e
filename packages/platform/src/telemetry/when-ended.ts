import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

const TELLERS = Symbol('who tells of requests that have ended');
const TOLD = Symbol('told');

/** `aborted`: the connection closed before the whole answer had been written. */
type Tell = (request: FastifyRequest, reply: FastifyReply, aborted: boolean) => void;

/** What Fastify's decorators add. */
interface Decorated {
  [TELLERS]?: Tell[];
}
interface Told {
  [TOLD]?: boolean;
}

/**
 * Calls `tell` once for each request, whether it is answered or not. Fastify's `onResponse` never comes where a client, or the edge, gives up: the
 * slowest requests would be those of which nobody hears.
 */
export function whenEnded(fastify: FastifyInstance, tell: Tell): void {
  const known = (fastify as FastifyInstance & Decorated)[TELLERS];
  if (known) return void known.push(tell);
  const tellers = [tell];
  const end = (request: FastifyRequest & Told, reply: FastifyReply, aborted: boolean): void => {
    if (request[TOLD]) return;
    request[TOLD] = true;
    for (const teller of tellers) teller(request, reply, aborted);
  };
  fastify.decorate(TELLERS, tellers);
  fastify.decorateRequest(TOLD, false);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.raw.once('close', () => end(request, reply, true));
    done();
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    end(request, reply, false);
    done();
  });
}
