import { metrics } from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ProblemError } from '../errors/problem.ts';

/** Probes are answered also by a service that has its hands full: it is alive. */
const PROBES = '/health/';

const IN_HAND = Symbol('in hand');

interface Held {
  [IN_HAND]?: boolean;
}

/**
 * Back-pressure: a replica that has more requests in hand than it can answer in time refuses the next one at once, so that whoever sent it can try
 * another replica. A request is in hand until its answer begins, so streams that stay open do not count, or until its client has gone. Also told as
 * the metric `http.server.active_requests`.
 */
export function limitConcurrency(fastify: FastifyInstance, most: number): void {
  let count = 0;
  const release = (request: FastifyRequest & Held): void => {
    if (request[IN_HAND]) count -= 1;
    request[IN_HAND] = false;
  };
  fastify.decorateRequest(IN_HAND, false);
  metrics
    .getMeter('seaworthy.http.server')
    .createObservableUpDownCounter('http.server.active_requests', { unit: '{request}', description: 'Requests in hand.' })
    .addCallback((result) => result.observe(count));

  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(PROBES)) return done();
    if (count >= most) {
      return done(
        new ProblemError({
          status: 503,
          code: 'UNAVAILABLE',
          detail: 'expected a free hand, found all full; try again, at another replica',
          headers: { 'retry-after': '1' },
        }),
      );
    }
    (request as FastifyRequest & Held)[IN_HAND] = true;
    count += 1;
    // answers that never begin, or that something else has taken over: no hook of Fastify's tells of those whose client has gone
    reply.raw.once('close', () => release(request));
    return done();
  });
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    release(request);
    done(null, payload);
  });
}
