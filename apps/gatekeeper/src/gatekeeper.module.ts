import { Module, type DynamicModule, type FactoryProvider, type Type } from '@nestjs/common';
import { RegistryClient } from '@seaworthy/oci';
import { HealthRegistry } from '@seaworthy/platform';
import { loadPolicies } from '@seaworthy/policy';
import { GatekeeperConfig } from './gatekeeper.config.ts';
import { requireTrustedKey } from './promotions/own-key.ts';
import { POLICIES, PromotionsService } from './promotions/promotions.service.ts';
import { PromotionsController } from './promotions/promotions.controller.ts';

export interface GatekeeperParts {
  /** whose tokens count */
  access: DynamicModule;
  /** makes the RegistryClient that acts as the gatekeeper */
  registry: Omit<FactoryProvider<RegistryClient>, 'provide'>;
}

export function gatekeeperModule({ access, registry }: GatekeeperParts): Type {
  @Module({
    imports: [access],
    controllers: [PromotionsController],
    providers: [
      { ...registry, provide: RegistryClient },
      { provide: POLICIES, inject: [GatekeeperConfig], useFactory: ({ policiesDir }: GatekeeperConfig) => loadPolicies(policiesDir) },
      { provide: 'own key', inject: [GatekeeperConfig], useFactory: requireTrustedKey },
      PromotionsService,
    ],
  })
  class GatekeeperModule {
    constructor(health: HealthRegistry, client: RegistryClient) {
      health.register({ name: 'registry', kind: 'required', check: () => client.ping() });
    }
  }
  return GatekeeperModule;
}
