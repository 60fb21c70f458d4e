import { Controller, Get, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard, AccessModule, Anonymous, Caller, People, TokenVerifier } from '@seaworthy/platform/auth';
import type { Identity, KeySources } from '@seaworthy/platform/auth';

@Controller('logbook')
class LogbookController {
  @Get('cover')
  @Anonymous() // anybody may see that there is one
  cover() {
    return { title: 'Logbook' };
  }

  @Get('today')
  @People('captain')
  today(@Caller() { name }: Identity) {
    return { keptBy: name };
  }

  @Get('forgotten')
  forgotten() {
    return { nobody: 'has said who may read this' };
  }
}

/** The guard before every route of a Nest application, for tokens that these keys have signed. */
export function logbook(keys: KeySources) {
  @Module({
    imports: [AccessModule.using({ useFactory: () => new TokenVerifier({ keys }) })],
    controllers: [LogbookController],
    providers: [{ provide: APP_GUARD, inject: [TokenVerifier], useFactory: (verifier: TokenVerifier) => new AccessGuard(verifier) }],
  })
  class LogbookModule {}
  return LogbookModule;
}
