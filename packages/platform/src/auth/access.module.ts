import { Module } from '@nestjs/common';
import type { DynamicModule, FactoryProvider, InjectionToken } from '@nestjs/common';
import type { Workload } from '@seaworthy/contracts';
import { ServiceConfig } from '../service/service.config.ts';
import { loadWorkload, type WorkloadIdentity } from '../tls/workload.ts';
import { IdentityNews, ISSUER_KEYS } from './identity-news.ts';
import { remoteRevocations, RevokedTokens } from './revoked-tokens.ts';
import { remoteKeys, TokenVerifier, type IssuerKind, type RemoteKeySources } from './token-verifier.ts';

/** Injects the {@link WorkloadIdentity} of the service: `@Inject(WORKLOAD) workload: WorkloadIdentity`. */
export const WORKLOAD = Symbol('workload identity');

type Factory<T> = { inject?: InjectionToken[]; useFactory: (...injected: never[]) => T | Promise<T> };

/** Whose tokens count. The guard stands before every route anyway (`PlatformModule`); without this it knows nobody. */
@Module({})
export class AccessModule {
  /** For a service that is the workload `name` and accepts tokens of these issuers. Also provides {@link WORKLOAD}. */
  static accepting(name: Workload, kinds: readonly IssuerKind[]): DynamicModule {
    const workload: FactoryProvider<WorkloadIdentity> = {
      provide: WORKLOAD,
      inject: [ServiceConfig],
      useFactory: ({ identityUrl }: ServiceConfig) => loadWorkload({ name, identityUrl }),
    };
    const revocations: FactoryProvider<RevokedTokens> = {
      provide: RevokedTokens,
      inject: [WORKLOAD],
      useFactory: ({ identityUrl, fetch }: WorkloadIdentity) => remoteRevocations({ identityUrl, fetch }),
    };
    const keySources: FactoryProvider<RemoteKeySources> = {
      provide: ISSUER_KEYS,
      inject: [WORKLOAD],
      useFactory: ({ identityUrl, fetch }: WorkloadIdentity) => remoteKeys({ identityUrl, fetch, kinds }),
    };
    const module = AccessModule.using({
      inject: [ISSUER_KEYS, RevokedTokens],
      useFactory: (keys: RemoteKeySources, revoked: RevokedTokens) => new TokenVerifier({ keys, revocations: revoked }),
    });
    return {
      ...module,
      providers: [workload, revocations, keySources, IdentityNews, ...(module.providers ?? [])],
      exports: [WORKLOAD, ...(module.exports ?? [])],
    };
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
      ],
      exports: [TokenVerifier],
    };
  }
}
