import { HttpException } from '@nestjs/common';
import { isDatabaseAway, isUndefinedInSchema } from '../database/database.error.ts';
import { ProblemError } from './problem.ts';
import type { PlatformProblemCode } from './problem.ts';

/** What a client is told about each status. Details of frameworks are not passed on: they quote URLs, queries and bodies. */
const KNOWN: Readonly<Record<number, { code: PlatformProblemCode; detail: string }>> = {
  400: { code: 'BAD_REQUEST', detail: 'expected a well-formed request, found one that cannot be read' },
  401: { code: 'UNAUTHENTICATED', detail: 'expected a valid access token, found none' },
  403: { code: 'FORBIDDEN', detail: 'this identity may not do that' },
  404: { code: 'NOT_FOUND', detail: 'there is nothing at this address' },
  405: { code: 'METHOD_NOT_ALLOWED', detail: 'this address does not know that method' },
  409: { code: 'CONFLICT', detail: 'the request does not fit the present state' },
  413: { code: 'CONTENT_TOO_LARGE', detail: 'the body is larger than this service accepts' },
  414: { code: 'BAD_REQUEST', detail: 'the address is longer than this service accepts' },
  415: { code: 'UNSUPPORTED_MEDIA_TYPE', detail: 'expected a body of type application/json' },
  422: { code: 'VALIDATION_FAILED', detail: 'the request is well-formed, but its content is not valid' },
  429: { code: 'TOO_MANY_REQUESTS', detail: 'slow down' },
  503: { code: 'UNAVAILABLE', detail: 'the service cannot answer now; try again' },
};

/** Any thrown value as a problem. What is not known to be meant for the client becomes 500, without a word of its content. */
export function toProblem(error: unknown): ProblemError<string> {
  if (error instanceof ProblemError) return error;
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error, ownDetail(error));
  if (isDatabaseAway(error) || isUndefinedInSchema(error)) return fromStatus(503, error);
  const status = statusOf(error);
  return status !== undefined && status >= 400 && status < 500 ? fromStatus(status, error) : fromStatus(500, error);
}

function fromStatus(status: number, cause: unknown, detail?: string): ProblemError {
  const known = KNOWN[status];
  if (status >= 500 && !known)
    return new ProblemError({ status, code: 'UNEXPECTED', detail: 'something went wrong here; it has been logged', cause });
  return new ProblemError({
    status,
    code: known?.code ?? 'BAD_REQUEST',
    detail: detail ?? known?.detail ?? 'the request was refused',
    ...(status === 503 && { headers: { 'retry-after': '1' } }),
    cause,
  });
}

/** The detail that an app gave to its own exception; not Nest's default words, which quote the URL. */
function ownDetail(error: HttpException): string | undefined {
  const fromFramework =
    error.cause !== undefined || statusOf(error.getResponse()) === undefined || /^Cannot [A-Z]+ |^Unexpected|JSON/.test(error.message);
  return fromFramework || error.getStatus() >= 500 ? undefined : error.message;
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const status = 'statusCode' in error ? error.statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}
