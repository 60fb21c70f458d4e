import type { DynamicModule, Type } from '@nestjs/common';
import { HealthRegistry } from '../health/health-registry.ts';
import { Lifecycle } from '../health/lifecycle.ts';
import { untilReady } from '../health/until-ready.ts';
import { assembleService } from './assemble-service.ts';
import type { Service, ServiceOptions } from './assemble-service.ts';
import { orExit } from './or-exit.ts';

/**
 * A service, ready to listen: `const service = await createService(CatalogModule, { name: 'catalog' }); await service.listen();`
 * Ends the process with one line and status 78 when the configuration is refused, and with 1 when it cannot start.
 */
export async function createService(module: Type | DynamicModule, options: ServiceOptions): Promise<Service> {
  const assembled = await orExit(options.name, assembleService(module, options, 'at once'));
  return {
    ...assembled,
    listen: async () => {
      const listening = await orExit(options.name, assembled.listen());
      void sayReady(assembled);
      return listening;
    },
  };
}

/** To listen is not to be of use: a replica listens before its stores have answered. */
async function sayReady({ app, logger }: Service): Promise<void> {
  if (await untilReady(app.get(HealthRegistry), app.get(Lifecycle))) logger.info({ startMs: Math.round(process.uptime() * 1000) }, 'ready');
}
