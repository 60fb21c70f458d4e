import type { ServerResponse } from 'node:http';
import { metrics } from '@opentelemetry/api';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '../errors/problem.ts';

/** Probes are answered also by a service that has its hands full: it is alive. */
const PROBES = '/health/';

const IN_HAND = Symbol('in hand');
const SLOW_BODY = Symbol('slow body');

interface Held {
  [IN_HAND]?: boolean;
  [SLOW_BODY]?: boolean;
}

/**
 * Back-pressure: a replica that has more requests in hand than it can answer in time refuses the next one at once, so that whoever sent it can try
 * another replica. A request is in hand until its answer begins, so streams that stay open do not count, or until its client has gone. Also told as
 * the metric `http.server.active_requests`.
 *
 * A body is awaited before anybody knows who sends it, so one that never comes must keep nobody out: when all hands are full, the request whose
 * body has been awaited for the longest makes room for the next one.
 */
export function limitConcurrency(fastify: FastifyInstance, most: number): void {
  let count = 0;
  /** those in hand of whose bodies something may be missing; who came first is first */
  const awaited = new Map<FastifyRequest, FastifyReply>();
  const release = (request: FastifyRequest & Held): void => {
    if (request[IN_HAND]) count -= 1;
    request[IN_HAND] = false;
    awaited.delete(request);
  };
  const makeRoom = (): void => {
    for (const [request, reply] of awaited) {
      awaited.delete(request);
      if (request.raw.complete || (request as FastifyRequest & Held)[SLOW_BODY]) continue;
      release(request);
      breakOff(request, reply);
      return;
    }
  };
  fastify.decorateRequest(IN_HAND, false);
  fastify.decorateRequest(SLOW_BODY, false);
  metrics
    .getMeter('seaworthy.http.server')
    .createObservableUpDownCounter('http.server.active_requests', { unit: '{request}', description: 'Requests in hand.' })
    .addCallback((result) => result.observe(count));

  fastify.addHook('onRequest', (request, reply, done) => {
    if (request.url.startsWith(PROBES)) return done();
    if (count >= most) makeRoom();
    if (count >= most) return done(noHandFree('expected a free hand, found all full; try again, at another replica'));
    (request as FastifyRequest & Held)[IN_HAND] = true;
    count += 1;
    if (hasBody(request)) awaited.set(request, reply);
    releaseWithHead(reply.raw, () => release(request));
    // answers that never begin: no hook of Fastify's tells of those whose client has gone
    reply.raw.once('close', () => release(request));
    return done();
  });
  // the body is there, or whoever reads it as it comes has been found
  fastify.addHook('preValidation', (request, _reply, done) => {
    awaited.delete(request);
    done();
  });
  fastify.addHook('onSend', (request, _reply, payload, done) => {
    release(request);
    done(null, payload);
  });
}

/** `onSend` is for what Fastify sends. Something else may write the answer (`@Sse()`, `reply.hijack()`); Node writes each head by this method. */
function releaseWithHead(response: ServerResponse, release: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
  response.writeHead = (...head: unknown[]) => {
    release();
    return writeHead(...head);
  };
}

/**
 * For who takes a request over before its body is read (`reply.hijack()`) and knows who sends it: that body may take its time, and makes room for
 * nobody.
 */
export function allowSlowBody(request: FastifyRequest): void {
  (request as FastifyRequest & Held)[SLOW_BODY] = true;
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function noHandFree(detail: string): ProblemError {
  return new ProblemError({ status: 503, code: 'UNAVAILABLE', detail, headers: { 'retry-after': '1' } });
}

/** Ends what is still awaited, and its connection with it: what may still come is not read. */
function breakOff(request: FastifyRequest, reply: FastifyReply): void {
  const isRead = !reply.sent && request.raw.listenerCount('error') > 0;
  // Fastify reads the body, and answers with what kept it from that; who has taken a request over may be about to answer it
  if (isRead) request.raw.emit('error', noHandFree('expected a whole request while all hands are full, found its beginning; try again'));
  else reply.raw.destroy();
}
