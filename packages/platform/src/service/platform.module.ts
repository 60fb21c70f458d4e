import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from '../auth/access.guard.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import type { ConfigValues } from '../config/read-config.ts';
import { HealthModule } from '../health/health.module.ts';
import { UndeclaredQueryGuard } from '../http/undeclared-query.guard.ts';
import { RateLimitGuard } from '../limits/rate-limit.guard.ts';
import { RateLimiter } from '../limits/rate-limiter.ts';
import { AuditLog } from '../logging/audit-log.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { ServiceConfig } from './service.config.ts';

/** What is there in every service: its configuration, its audit log, its health, its lifecycle, and the guards before all of its routes. */
@Module({})
export class PlatformModule {
  static with(config: ConfigValues, logger: PlatformLogger): DynamicModule {
    const groups = [...config].map(([group, value]) => ({ provide: group, useValue: value }));
    return {
      module: PlatformModule,
      global: true,
      imports: [HealthModule],
      providers: [
        ...groups,
        { provide: AuditLog, useValue: new AuditLog(logger) },
        {
          provide: APP_GUARD,
          inject: [{ token: TokenVerifier, optional: true }],
          useFactory: (verifier?: TokenVerifier) => new AccessGuard(verifier),
        },
        // guards run in this order: who it is comes first
        {
          provide: APP_GUARD,
          inject: [ServiceConfig],
          useFactory: ({ callerRate, callerBurst }: ServiceConfig) =>
            new RateLimitGuard(new RateLimiter({ perSecond: callerRate, burst: callerBurst })),
        },
        { provide: APP_GUARD, useClass: UndeclaredQueryGuard },
      ],
      exports: [AuditLog, ...groups.map(({ provide }) => provide)],
    };
  }
}
