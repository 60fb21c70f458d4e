import { Module } from '@nestjs/common';
import { AccessModule, HealthRegistry } from '@seaworthy/platform';
import { Upstream } from './door/upstream.ts';
import { GateConfig } from './gate.config.ts';
import { RightsTable } from './rights/rights.table.ts';
import { RegistryTokens } from './tokens/registry-tokens.ts';
import { TokenController } from './tokens/token.controller.ts';

@Module({
  imports: [AccessModule.accepting('registry-gate', ['people', 'workloads'])],
  controllers: [TokenController],
  providers: [
    { provide: RightsTable, inject: [GateConfig], useFactory: ({ rightsFile }: GateConfig) => RightsTable.read(rightsFile) },
    { provide: RegistryTokens, useFactory: () => RegistryTokens.create() },
    {
      provide: Upstream,
      inject: [GateConfig, HealthRegistry],
      useFactory: ({ socket }: GateConfig, health: HealthRegistry) => {
        const upstream = new Upstream(socket);
        health.register({ name: 'registry', kind: 'required', check: () => upstream.ping() });
        return upstream;
      },
    },
  ],
})
export class GateModule {}
