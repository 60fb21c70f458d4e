import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HealthRegistry } from '@seaworthy/platform';
import { ChargesController } from './charges/charges.controller.ts';
import { ChargesService } from './charges/charges.service.ts';
import { Ledger } from './ledger/ledger.ts';
import { LedgerConfig } from './ledger/ledger.config.ts';

@Module({
  controllers: [ChargesController],
  providers: [
    ChargesService,
    {
      provide: Ledger,
      inject: [LedgerConfig, HealthRegistry],
      useFactory: ({ file }: LedgerConfig, health: HealthRegistry) => {
        const ledger = new Ledger(file);
        health.register({ name: 'ledger', kind: 'required', check: () => void ledger.open() });
        return ledger;
      },
    },
  ],
})
export class ProviderModule {
  /** `access` says whose tokens count. */
  static with(access: DynamicModule): DynamicModule {
    return { module: ProviderModule, imports: [access] };
  }
}
