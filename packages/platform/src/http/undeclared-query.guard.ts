import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ProblemError } from '../errors/problem.ts';

/** Names come from the client: so much of them is told. */
const LONGEST_NAME = 64;

/** A route that declares no query takes none. What one declares is judged by its schema (`@Query({ schema })`), which has to be strict. */
export class UndeclaredQueryGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { query } = context.switchToHttp().getRequest<{ query: Record<string, unknown> }>();
    const [name] = Object.keys(query);
    if (name === undefined || declaresQuery(context)) return true;
    throw new ProblemError({
      status: 400,
      code: 'VALIDATION_FAILED',
      detail: 'the query is not valid',
      extensions: { errors: [{ detail: `Unrecognized key: "${name.slice(0, LONGEST_NAME)}"`, pointer: '#' }] },
    });
  }
}

/** Nest keeps what a handler is called with as `<kind>:<place>`. */
function declaresQuery(context: ExecutionContext): boolean {
  const handed = (Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name) ?? {}) as object;
  return Object.keys(handed).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
