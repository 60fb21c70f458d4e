import { Catch, Logger } from '@nestjs/common';
import type { ArgumentsHost, ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, problemDocument } from './problem.ts';
import { toProblem } from './to-problem.ts';

/** Answers every error as `application/problem+json` (RFC 9457). Unexpected ones are logged with their stack, and told without. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #logger = new Logger('errors');

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const problem = toProblem(error);
    if (problem.code === 'UNEXPECTED') this.#logger.error({ err: error, requestId: request.id, msg: 'unexpected error' });
    else if (problem.code === 'UNAVAILABLE') this.#logger.warn({ err: problem.cause, requestId: request.id, msg: 'a dependency is away' });
    if (reply.raw.headersSent) {
      reply.raw.destroy(); // the status is gone already: a cut connection is the only honest sign left
      return;
    }
    void reply
      .code(problem.status)
      .headers(problem.headers)
      .header('cache-control', 'no-store')
      .type(PROBLEM_MEDIA_TYPE)
      .serializer((document) => JSON.stringify(document))
      .send({ ...problemDocument(problem), requestId: request.id });
  }
}
