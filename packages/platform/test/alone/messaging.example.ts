import { Module } from '@nestjs/common';
import { MessagingConfig, MessagingModule } from '@seaworthy/platform/messaging';

const TIDES = { name: 'TIDES', subjects: ['tides.>'], maxAge: 86_400_000, maxBytes: 64 * 2 ** 20, duplicateWindow: 600_000 };

/** Gives `Messaging` to a Nest application. */
export function withMessaging(config: MessagingConfig) {
  @Module({ providers: [{ provide: MessagingConfig, useValue: config }], exports: [MessagingConfig] })
  class ConfigModule {}
  const messaging = MessagingModule.with({ client: 'harbour', streams: [TIDES], readiness: 'optional' });
  return { module: ConfigModule, global: true, imports: [messaging] };
}
