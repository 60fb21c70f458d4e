import { Global, Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.ts';
import { HealthRegistry } from './health-registry.ts';
import { Lifecycle } from './lifecycle.ts';

/** Both probes, and the registry to which everybody tells what they depend on. */
@Global()
@Module({
  imports: [TerminusModule.forRoot({ logger: false })],
  controllers: [HealthController],
  providers: [HealthRegistry, Lifecycle],
  exports: [HealthRegistry, Lifecycle],
})
export class HealthModule {}
