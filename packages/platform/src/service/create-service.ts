import type { DynamicModule, Type } from '@nestjs/common';
import { assembleService } from './assemble-service.ts';
import type { Service, ServiceOptions } from './assemble-service.ts';
import { orExit } from './or-exit.ts';

/**
 * A service, ready to listen: `const service = await createService(CatalogModule, { name: 'catalog' }); await service.listen();`
 * Ends the process with one line and status 78 when the configuration is refused, and with 1 when it cannot start.
 */
export async function createService(module: Type | DynamicModule, options: ServiceOptions): Promise<Service> {
  const assembled = await orExit(options.name, assembleService(module, options, 'at once'));
  return { ...assembled, listen: async () => orExit(options.name, assembled.listen()) };
}
