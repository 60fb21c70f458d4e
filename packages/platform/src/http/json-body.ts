import { isUtf8 } from 'node:buffer';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ProblemError } from '../errors/problem.ts';

/**
 * JSON bodies in UTF-8 (RFC 8259 section 8.1); nothing else, if the application was created with `bodyParser: false`. Fastify would replace bytes that are no text, so that what is stored would not be what was
 * sent, and two different bodies could be one. Prototype members are refused, as Fastify does by default.
 */
export function readJsonBodies(app: NestFastifyApplication, fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error');
  app.useBodyParser('application/json', {}, (request, body: Buffer, done) => {
    if (isUtf8(body)) return void parse(request as never, body.toString('utf8'), done);
    return done(new ProblemError({ status: 400, code: 'BAD_REQUEST', detail: 'expected JSON in UTF-8, found other bytes' }));
  });
}
