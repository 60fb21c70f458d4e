import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ProblemError } from '../errors/problem.ts';
import { ACCESS } from './access.decorators.ts';
import { AuthError } from './auth.error.ts';
import type { Identity } from './identity.ts';
import type { TokenVerifier } from './token-verifier.ts';

interface GuardedRequest {
  headers: { authorization?: string };
  identity?: Identity;
}

/** Denies by default: a route that names nobody is open to nobody. Bearer tokens: RFC 6750. */
export class AccessGuard implements CanActivate {
  readonly #verifier: TokenVerifier;
  readonly #reflector = new Reflector();

  constructor(verifier: TokenVerifier) {
    this.#verifier = verifier;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (this.#named<boolean>(context, ACCESS.anonymous)) return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const identity = await this.#authenticate(request);
    if (!this.#allows(context, identity)) throw forbidden(identity);
    request.identity = identity;
    return true;
  }

  async #authenticate(request: GuardedRequest): Promise<Identity> {
    const token = bearerOf(request.headers.authorization);
    try {
      if (token === undefined) throw new AuthError({ code: 'TOKEN_MALFORMED', message: 'expected a bearer token, found none' });
      return await this.#verifier.verify(token);
    } catch (error) {
      throw asProblem(error, token !== undefined);
    }
  }

  #allows(context: ExecutionContext, identity: Identity): boolean {
    if (identity.kind === 'workload') return this.#named<string[]>(context, ACCESS.workloads)?.includes(identity.name) ?? false;
    const roles = this.#named<string[]>(context, ACCESS.people) ?? [];
    return identity.roles.some((role) => roles.includes(role));
  }

  #named<T>(context: ExecutionContext, key: string): T | undefined {
    return this.#reflector.getAllAndOverride<T | undefined>(key, [context.getHandler(), context.getClass()]);
  }
}

/** The token of an `Authorization: Bearer` header, or nothing. */
export function bearerOf(header: string | undefined): string | undefined {
  return /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
}

function forbidden({ kind, name }: Identity): ProblemError {
  return new ProblemError({ status: 403, code: 'FORBIDDEN', detail: `${kind} ${name} has no right to do this` });
}

function asProblem(error: unknown, given: boolean): unknown {
  if (!(error instanceof AuthError)) return error;
  if (error.code === 'KEYS_UNREACHABLE') return new ProblemError({ status: 503, code: 'UNAVAILABLE', detail: error.message, cause: error });
  return new ProblemError({
    status: 401,
    code: 'UNAUTHENTICATED',
    detail: error.message,
    headers: { 'www-authenticate': given ? 'Bearer error="invalid_token"' : 'Bearer' },
    cause: error,
  });
}
