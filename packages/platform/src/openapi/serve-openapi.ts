import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { PAGE_HEADERS } from '../http/security-headers.ts';
import { renderDocument } from './openapi-page.ts';
import { OPENAPI_STYLE } from './openapi-style.ts';

export interface OpenApiOptions {
  title: string;
  description: string;
  version?: string;
}

/**
 * Serves the OpenAPI 3 document at /openapi.json and a page made from it at /docs. The page is plain HTML, rendered here:
 * no script, nothing from another host, so it works under the strictest content security policy.
 */
export function serveOpenApi(app: NestFastifyApplication, fastify: FastifyInstance, options: OpenApiOptions): void {
  let document: OpenAPIObject | undefined;
  const load = (): OpenAPIObject => (document ??= openApiDocument(app, options));
  fastify.get('/openapi.json', async (_request, reply) => reply.header('cache-control', 'public, max-age=300').send(load()));
  fastify.get('/docs', async (_request, reply) =>
    reply
      .headers(PAGE_HEADERS)
      .header('cache-control', 'public, max-age=300')
      .type('text/html; charset=utf-8')
      .send(renderDocument(load())),
  );
  fastify.get('/docs/style.css', async (_request, reply) =>
    reply.header('cache-control', 'public, max-age=3600').type('text/css; charset=utf-8').send(OPENAPI_STYLE),
  );
}

/** What the decorators and schemas of all routes say, without serving it: tests take their table of bad input from it. */
export function openApiDocument(app: INestApplication, { title, description, version = '1' }: OpenApiOptions): OpenAPIObject {
  return SwaggerModule.createDocument(app, new DocumentBuilder().setTitle(title).setDescription(description).setVersion(version).build());
}
