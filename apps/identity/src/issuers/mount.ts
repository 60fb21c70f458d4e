import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type Provider from 'oidc-provider';
import { OWN_NAMES } from '../authority/certificate-names.ts';

/**
 * Puts the issuers under `/people` and `/workloads`, before Fastify reads a body: oidc-provider wants the raw request. Its login
 * pages (`/people/interaction`) are ours and pass on to Nest.
 */
export function mountIssuers(fastify: FastifyInstance, issuers: { people: Provider; workloads: Provider }): void {
  const handlers = { people: issuers.people.callback(), workloads: issuers.workloads.callback() };
  fastify.addHook('onRequest', (request, reply, next) => {
    if (!isOurs(request.headers.host)) {
      void reply.code(421).type('text/plain').send('expected one of the names of this service in Host\n');
      return;
    }
    const [, prefix, rest] = /^\/(people|workloads)(\/(?!interaction\/).*)$/.exec(request.url) ?? [];
    if (!prefix || !rest) {
      next();
      return;
    }
    reply.hijack();
    serve(handlers[prefix as keyof typeof handlers], request.raw, reply.raw, rest);
  });
}

type Handler = (request: IncomingMessage, response: ServerResponse) => unknown;

function serve(handler: Handler, request: IncomingMessage, response: ServerResponse, path: string): void {
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('cache-control', 'no-store');
  response.setHeader('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  Object.assign(request, { originalUrl: request.url, url: path }); // by this oidc-provider knows where it is mounted
  handler(request, response);
}

/** The issuers build addresses from the Host header: a name that is not ours must not get into one of them. */
function isOurs(host: string | undefined): boolean {
  const name = /^([\w.-]+)(:\d{1,5})?$/.exec(host ?? '')?.[1];
  return OWN_NAMES.some((own) => own === name);
}
