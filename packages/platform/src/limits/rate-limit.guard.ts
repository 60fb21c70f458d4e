import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Identity } from '../auth/identity.ts';
import { ProblemError } from '../errors/problem.ts';
import type { RateLimiter } from './rate-limiter.ts';

/**
 * A bound for each identity that the guard before it has verified. Requests without one are bounded at the edge, which alone sees their addresses,
 * and by the bound on all requests in hand.
 */
export class RateLimitGuard implements CanActivate {
  readonly #limiter: RateLimiter;

  constructor(limiter: RateLimiter) {
    this.#limiter = limiter;
  }

  canActivate(context: ExecutionContext): boolean {
    const { identity } = context.switchToHttp().getRequest<{ identity?: Identity }>();
    if (!identity) return true;
    const wait = this.#limiter.take(`${identity.kind}:${identity.name}`);
    if (wait === 0) return true;
    throw new ProblemError({
      status: 429,
      code: 'TOO_MANY_REQUESTS',
      detail: `expected fewer requests of ${identity.kind} ${identity.name}; come back later`,
      headers: { 'retry-after': String(wait) },
    });
  }
}
