import { Module, type DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.ts';
import { TokenVerifier } from './token-verifier.ts';

/** Puts {@link AccessGuard} before every route of the service. */
@Module({})
export class AccessModule {
  static with(verifier: TokenVerifier): DynamicModule {
    return {
      module: AccessModule,
      global: true,
      providers: [
        { provide: TokenVerifier, useValue: verifier },
        { provide: APP_GUARD, useValue: new AccessGuard(verifier) },
      ],
      exports: [TokenVerifier],
    };
  }
}
