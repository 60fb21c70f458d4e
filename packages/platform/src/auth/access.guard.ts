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

/** Who may call a route, as its decorators say. */
interface Named {
  anonymous: boolean;
  workloads: readonly string[];
  people: readonly string[];
}

interface Allowed extends Named {
  controller: unknown;
}

const NOBODY: Named = { anonymous: false, workloads: [], people: [] };

/**
 * Denies by default: a route that names nobody is open to nobody, and in a service that names no issuer every token is a stranger's. Bearer tokens:
 * RFC 6750.
 */
export class AccessGuard implements CanActivate {
  readonly #verifier: TokenVerifier | undefined;
  readonly #reflector = new Reflector();
  readonly #allowed = new WeakMap<object, Allowed>();

  constructor(verifier?: TokenVerifier) {
    this.#verifier = verifier;
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const allowed = this.#allowedTo(context);
    if (allowed.anonymous) return true;
    const request = context.switchToHttp().getRequest<GuardedRequest>();
    const identity = await this.#authenticate(request);
    if (!allows(allowed, identity)) throw forbidden(identity);
    request.identity = identity;
    return true;
  }

  async #authenticate(request: GuardedRequest): Promise<Identity> {
    const token = bearerOf(request.headers.authorization);
    try {
      if (token === undefined) throw new AuthError({ code: 'TOKEN_MALFORMED', message: 'expected a bearer token, found none' });
      if (!this.#verifier) throw new AuthError({ code: 'TOKEN_UNTRUSTED', message: 'this service trusts no issuer of tokens' });
      return await this.#verifier.verify(token);
    } catch (error) {
      throw asProblem(error, token !== undefined);
    }
  }

  /** Read once for each route: what decorators say does not change. A handler that is inherited is a route of each of its classes. */
  #allowedTo(context: ExecutionContext): Allowed {
    const route = context.getHandler();
    const known = this.#allowed.get(route);
    if (known?.controller === context.getClass()) return known;
    const controller = context.getClass();
    const allowed = { controller, ...(this.#saidBy(route) ?? this.#saidBy(controller) ?? NOBODY) };
    this.#allowed.set(route, allowed);
    return allowed;
  }

  /** What stands nearest counts, as a whole: a route that says who may call it is for those alone, whomever its class names. */
  #saidBy(place: Parameters<Reflector['get']>[1]): Named | undefined {
    const anonymous = this.#reflector.get<boolean | undefined>(ACCESS.anonymous, place);
    const workloads = this.#reflector.get<string[] | undefined>(ACCESS.workloads, place);
    const people = this.#reflector.get<string[] | undefined>(ACCESS.people, place);
    if (anonymous === undefined && workloads === undefined && people === undefined) return undefined;
    return { anonymous: anonymous ?? false, workloads: workloads ?? [], people: people ?? [] };
  }
}

function allows({ workloads, people }: Allowed, { kind, name, roles }: Identity): boolean {
  return kind === 'workload' ? workloads.includes(name) : roles.some((role) => people.includes(role));
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
    headers: { 'www-authenticate': given ? 'Bearer error="invalid_token"' : 'Bearer realm="seaworthy"' },
    cause: error,
  });
}
