import { Module, type DynamicModule, type FactoryProvider, type InjectionToken } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import type { Workload } from '@seaworthy/contracts';
import { ServiceConfig } from '../service/service.config.ts';
import { loadWorkload, type WorkloadIdentity } from '../tls/workload.ts';
import { AccessGuard } from './access.guard.ts';
import { remoteKeys, TokenVerifier, type IssuerKind } from './token-verifier.ts';

/** Injects the {@link WorkloadIdentity} of the service: `@Inject(WORKLOAD) workload: WorkloadIdentity`. */
export const WORKLOAD = Symbol('workload identity');

type Factory<T> = { inject?: InjectionToken[]; useFactory: (...injected: never[]) => T | Promise<T> };

/** Puts {@link AccessGuard} before every route of the service. */
@Module({})
export class AccessModule {
  /** For a service that is the workload `name` and accepts tokens of these issuers. Also provides {@link WORKLOAD}. */
  static accepting(name: Workload, kinds: readonly IssuerKind[]): DynamicModule {
    const workload: FactoryProvider<WorkloadIdentity> = {
      provide: WORKLOAD,
      inject: [ServiceConfig],
      useFactory: ({ identityUrl }: ServiceConfig) => loadWorkload({ name, identityUrl }),
    };
    const verifier = {
      inject: [WORKLOAD],
      useFactory: ({ identityUrl, fetch }: WorkloadIdentity) => new TokenVerifier({ keys: remoteKeys({ identityUrl, fetch, kinds }) }),
    };
    const module = AccessModule.using(verifier);
    return { ...module, providers: [workload, ...(module.providers ?? [])], exports: [WORKLOAD, ...(module.exports ?? [])] };
  }

  /** With a verifier of one's own. */
  static using(verifier: Factory<TokenVerifier>): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [
        {
          provide: TokenVerifier,
          inject: verifier.inject ?? [],
          useFactory: verifier.useFactory as (...injected: unknown[]) => TokenVerifier,
        },
        { provide: APP_GUARD, inject: [TokenVerifier], useFactory: (tokens: TokenVerifier) => new AccessGuard(tokens) },
      ],
      exports: [TokenVerifier],
    };
  }
}
