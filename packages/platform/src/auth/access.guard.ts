import {
  ForbiddenException,
  HttpException,
  HttpStatus,
  ServiceUnavailableException,
  UnauthorizedException,
  type CanActivate,
  type ExecutionContext,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ACCESS } from './access.decorators.ts';
import { AuthError } from './auth.error.ts';
import type { Identity } from './identity.ts';
import type { TokenVerifier } from './token-verifier.ts';

interface GuardedRequest {
  headers: { authorization?: string };
  identity?: Identity;
}
interface GuardedReply {
  header(name: string, value: string): unknown;
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
    const identity = await this.#authenticate(request, context.switchToHttp().getResponse<GuardedReply>());
    if (!this.#allows(context, identity)) throw new ForbiddenException(`${identity.kind} ${identity.name} has no right to do this`);
    request.identity = identity;
    return true;
  }

  async #authenticate(request: GuardedRequest, reply: GuardedReply): Promise<Identity> {
    const token = bearerOf(request.headers.authorization);
    try {
      if (token === undefined) throw new AuthError({ code: 'TOKEN_MALFORMED', message: 'expected a bearer token, found none' });
      return await this.#verifier.verify(token);
    } catch (error) {
      throw asHttp(error, token !== undefined, reply);
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

function asHttp(error: unknown, given: boolean, reply: GuardedReply): HttpException {
  if (!(error instanceof AuthError)) throw error;
  if (error.code === 'KEYS_UNREACHABLE') return new ServiceUnavailableException(error.message, { cause: error });
  void reply.header('www-authenticate', given ? 'Bearer error="invalid_token"' : 'Bearer');
  return new UnauthorizedException(error.message, { cause: error, description: HttpStatus[HttpStatus.UNAUTHORIZED] });
}
