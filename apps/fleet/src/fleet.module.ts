import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { HealthRegistry } from '@seaworthy/platform';
import { ControlLoop } from './control/control.loop.ts';
import { EngineClient } from './drive/compose/engine.client.ts';
import { EventLog } from './events/event.log.ts';
import { FleetConfig } from './fleet.config.ts';
import { FleetController } from './fleet.controller.ts';

@Module({
  controllers: [FleetController],
  providers: [
    { provide: EngineClient, inject: [FleetConfig], useFactory: ({ engineSocket }: FleetConfig) => new EngineClient(engineSocket) },
    EventLog,
    ControlLoop,
  ],
})
export class FleetModule {
  constructor(health: HealthRegistry, engine: EngineClient) {
    health.register({ name: 'engine-filter', kind: 'required', check: async () => engine.ping() });
  }

  /** `access` says whose tokens count. */
  static with(access: DynamicModule): DynamicModule {
    return { module: FleetModule, imports: [access] };
  }
}
