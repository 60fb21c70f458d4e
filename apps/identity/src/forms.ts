import { isUtf8 } from 'node:buffer';
import { parse } from 'node:querystring';
import { ProblemError } from '@seaworthy/platform';
import type { FastifyInstance } from 'fastify';

/** Who logs in sends a form, as browsers do, and so does who revokes a token (RFC 7009 section 2.1). */
const TAKES_FORMS: ReadonlySet<string | undefined> = new Set(['/people/interaction/:uid', '/revocations']);

/** Reads forms where they are meant: elsewhere they are another type than JSON. The issuers read their own. */
export function readForms(fastify: FastifyInstance): void {
  fastify.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'buffer' }, (request, body: Buffer, done) => {
    if (!TAKES_FORMS.has(request.routeOptions.url))
      return done(new ProblemError({ status: 415, code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'expected a body of type application/json' }));
    if (isUtf8(body)) return done(null, parse(body.toString('utf8')));
    return done(new ProblemError({ status: 400, code: 'BAD_REQUEST', detail: 'expected a form in UTF-8, found other bytes' }));
  });
}
