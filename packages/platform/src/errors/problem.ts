import { STATUS_CODES } from 'node:http';

/** Codes of the problems that the platform itself reports; an app adds its own. */
export type PlatformProblemCode =
  | 'BAD_REQUEST'
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'NOT_FOUND'
  | 'METHOD_NOT_ALLOWED'
  | 'CONFLICT'
  | 'CONTENT_TOO_LARGE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'VALIDATION_FAILED'
  | 'TOO_MANY_REQUESTS'
  | 'UNEXPECTED'
  | 'UNAVAILABLE'
  | 'NOT_READY'
  | 'NOT_ALIVE';

export interface ProblemOptions<Code extends string = PlatformProblemCode> {
  status: number;
  code: Code;
  /** says what was expected, what was found, what to do; shown to the client */
  detail?: string;
  /** further members of the problem document, RFC 9457 section 3.2 */
  extensions?: Record<string, unknown>;
  headers?: Record<string, string>;
  cause?: unknown;
}

/** An error that the client may read: it becomes a problem document (RFC 9457). Everything in it but `cause` is public. */
export class ProblemError<Code extends string = PlatformProblemCode> extends Error {
  readonly status: number;
  readonly code: Code;
  readonly detail: string | undefined;
  readonly extensions: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor({ status, code, detail, extensions = {}, headers = {}, cause }: ProblemOptions<Code>) {
    super(detail ?? code, { cause });
    this.name = 'ProblemError';
    this.status = status;
    this.code = code;
    this.detail = detail;
    this.extensions = extensions;
    this.headers = headers;
  }

  /** With `expose`, the shape of the library http-errors, which Nest and Fastify know: the right status also where no `ProblemFilter` is. */
  get statusCode(): number {
    return this.status;
  }

  /** The message is meant for the client. */
  get expose(): boolean {
    return true;
  }
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [extension: string]: unknown;
}

/** `type` is a URN made from the code, so it is stable and names no host. */
export function problemDocument(problem: ProblemError<string>): ProblemDocument {
  return {
    ...problem.extensions,
    type: `urn:seaworthy:problem:${problem.code.toLowerCase().replaceAll('_', '-')}`,
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    ...(problem.detail !== undefined && { detail: problem.detail }),
  };
}
