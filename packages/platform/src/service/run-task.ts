import type { ConfigGroup } from '../config/config-group.ts';
import { processSource } from '../config/config-source.ts';
import { readConfig } from '../config/read-config.ts';
import { createLogger } from '../logging/logger.ts';
import type { PlatformLogger } from '../logging/logger.ts';
import { orExit } from './or-exit.ts';
import { ServiceConfig } from './service.config.ts';

/** A one-shot piece of work beside a service, such as a migration: reads its configuration, logs, and ends with 0, 1 or 78. */
export async function runTask<C extends object>(
  name: string,
  group: ConfigGroup<C>,
  work: (config: C, logger: PlatformLogger) => Promise<void>,
): Promise<void> {
  await orExit(name, perform(name, group, work));
}

async function perform<C extends object>(
  name: string,
  group: ConfigGroup<C>,
  work: (config: C, logger: PlatformLogger) => Promise<void>,
): Promise<void> {
  const config = readConfig([ServiceConfig, group], processSource());
  const logger = createLogger({ service: name, level: (config.get(ServiceConfig) as ServiceConfig).logLevel });
  await work(config.get(group) as C, logger);
}
