import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { OWN_NAMES } from '../authority/certificate-names.ts';
import type { Issuers } from './issuers.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Puts the issuers under `/people` and `/workloads`, before Fastify reads a body: oidc-provider wants the raw request. Its login
 * pages (`/people/interaction`) are ours and pass on to Nest.
 */
export class IssuerMount {
  readonly #handlers = new Map<string, Handler>();

  /** Before the routes exist. */
  attach(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply, next) => {
      if (!isOurs(request.headers.host) && !request.url.startsWith('/health/')) {
        void reply.code(421).type('text/plain').send('expected one of the names of this service in Host\n');
        return;
      }
      const [, prefix = '', path = ''] = /^\/(people|workloads)(\/(?!interaction\/).*)$/.exec(request.url) ?? [];
      const handler = this.#handlers.get(prefix);
      if (!handler) {
        next();
        return;
      }
      reply.hijack();
      serve(handler, request.raw, reply.raw, path);
    });
  }

  /** Once the issuers have been made. */
  serve({ people, workloads }: Issuers): void {
    this.#handlers.set('people', people.callback()).set('workloads', workloads.callback());
  }
}

function serve(handler: Handler, request: IncomingMessage, response: ServerResponse, path: string): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  Object.assign(request, { originalUrl: request.url, url: path }); // by this oidc-provider knows where it is mounted
  handler(request, response);
}

/** The issuers build addresses from the Host header: a name that is not ours must not get into one of them. */
function isOurs(host = ''): boolean {
  return OWN_NAMES.some((own) => own === host.replace(/:\d{1,5}$/, ''));
}
