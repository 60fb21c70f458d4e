import { Module } from '@nestjs/common';
import { DatabaseConfig, DatabaseModule } from '@seaworthy/platform/database';

/** Gives `Kysely<YourSchema>` to a Nest application. */
export function withDatabase(config: DatabaseConfig) {
  @Module({ providers: [{ provide: DatabaseConfig, useValue: config }], exports: [DatabaseConfig] })
  class ConfigModule {}
  return { module: ConfigModule, global: true, imports: [DatabaseModule.with({ applicationName: 'harbour', readOnly: true })] };
}
