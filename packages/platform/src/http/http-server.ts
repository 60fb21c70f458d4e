import { STATUS_CODES } from 'node:http';
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import { LogController, fastify } from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { DestinationStream } from 'pino';
import { ProblemError, PROBLEM_MEDIA_TYPE, problemDocument } from '../errors/problem.ts';
import { ProblemFilter } from '../errors/problem.filter.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { limitConcurrency } from '../limits/concurrency.ts';
import { traceRequests } from '../telemetry/server-spans.ts';
import { closePolitely } from './polite-close.ts';
import { API_HEADERS, spareLocalhost } from './security-headers.ts';
import { REQUEST_ID_HEADER, requestId } from './request-id.ts';
import { logRequests } from './request-log.ts';

export interface HttpServerOptions {
  service: string;
  /** where the log lines of requests go */
  destination: DestinationStream;
  logger: PlatformLogger;
  bodyLimit?: number | undefined;
  /** requests in hand at once */
  mostInHand: number;
  /** true from the signal to the end */
  draining: () => boolean;
}

const BODY_LIMIT = 64 * 1024;
const LONGEST_PARAMETER = 200;
/** What Node says of bytes that never become a request, and what the client is told. Whatever else it says: 400. */
const UNREADABLE: Readonly<Record<string, { status: number; detail: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, detail: 'expected a whole request in time, found its beginning; try again' },
  HPE_HEADER_OVERFLOW: { status: 431, detail: 'expected at most 16 KiB of headers, found more' },
};

/** Fastify over TLS with what every service has in common. The certificate is put in before it listens. */
export function createHttpServer({
  service,
  logger,
  destination,
  bodyLimit = BODY_LIMIT,
  mostInHand,
  draining,
}: HttpServerOptions): FastifyInstance {
  const filter = new ProblemFilter();
  const instance = fastify({
    serverFactory: (handler) => {
      const server = createServer(
        { minVersion: 'TLSv1.2', requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000, maxHeaderSize: 16_384 },
        handler,
      );
      closePolitely(server, 'secureConnection');
      return server;
    },
    loggerInstance: logger,
    logController: new LogController({ disableRequestLogging: true }), // one line of ours instead of two
    genReqId: requestId,
    bodyLimit,
    routerOptions: { maxParamLength: LONGEST_PARAMETER },
    return503OnClosing: false, // a request that raced with the drain is answered, not lost
    frameworkErrors: (error, request, reply) => {
      void reply.headers(API_HEADERS).header(REQUEST_ID_HEADER, request.id);
      filter.answer(error, request, reply);
    },
    // no route has a schema of Fastify's: validation is zod's. Its two compilers would be loaded all the same, a fifth of the program
    schemaController: { compilersFactory: { buildValidator: unused, buildSerializer: unused } },
    clientErrorHandler: answerGarbage,
  }) as unknown as FastifyInstance;
  traceRequests(instance);
  logRequests(instance, { service, logger, destination });
  spareLocalhost(instance);
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.headers(API_HEADERS).header(REQUEST_ID_HEADER, request.id);
    if (!isDecodable(request.url)) {
      done(
        new ProblemError({ status: 400, code: 'BAD_REQUEST', detail: 'expected an address in percent-encoded UTF-8, found other bytes' }),
      );
      return;
    }
    if (draining()) void reply.header('connection', 'close');
    done();
  });
  limitConcurrency(instance, mostInHand);
  return instance;
}

/** @throws always: a schema that is given to Fastify would be ignored otherwise */
function unused(): never {
  throw new Error('expected no schema in a route of Fastify, found one; use a zod schema in the controller');
}

/** Fastify decodes what it can of a query and leaves the rest as it stands: two readers could then read two things. */
function isDecodable(url: string): boolean {
  if (!url.includes('%')) return true;
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

/** Bytes that are not HTTP never become a request: the answer is written by hand. */
function answerGarbage(this: FastifyInstance, error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, detail } = UNREADABLE[error.code ?? ''] ?? { status: 400, detail: 'expected an HTTP request' };
  const body = JSON.stringify(problemDocument(new ProblemError({ status, code: 'BAD_REQUEST', detail })));
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: ${PROBLEM_MEDIA_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
