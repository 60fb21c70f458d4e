import { createParamDecorator, SetMetadata, applyDecorators, type ExecutionContext } from '@nestjs/common';
import type { Workload } from '@seaworthy/contracts';
import type { Identity } from './identity.ts';

export const ACCESS = { workloads: 'seaworthy:workloads', people: 'seaworthy:people', anonymous: 'seaworthy:anonymous' } as const;

/** These workloads may call it. Together with {@link People}: either may. */
export const Workloads = (...names: Workload[]) => SetMetadata(ACCESS.workloads, names);

/** People with one of these roles may call it. */
export const People = (...roles: string[]) => SetMetadata(ACCESS.people, roles);

/** Anybody may call it, without a token. The reason belongs beside it. */
export const Anonymous = () => applyDecorators(SetMetadata(ACCESS.anonymous, true));

/** The identity that the guard has verified. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): Identity | undefined => {
  return context.switchToHttp().getRequest<{ identity?: Identity }>().identity;
});
