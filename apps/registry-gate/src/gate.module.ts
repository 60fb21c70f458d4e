import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { HealthRegistry } from '@seaworthy/platform';
import { Upstream } from './door/upstream.ts';
import { GateConfig } from './gate.config.ts';
import { RightsTable } from './rights/rights.table.ts';
import { RegistryTokens } from './tokens/registry-tokens.ts';
import { TokenController } from './tokens/token.controller.ts';

/** The gate, with the module that knows whose tokens count. */
export function gateModule(access: DynamicModule): Type {
  @Module({
    imports: [access],
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
  class GateModule {}
  return GateModule;
}
