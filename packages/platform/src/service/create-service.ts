import { pino } from 'pino';
import type { Type } from '@nestjs/common';
import { ConfigError } from '../config/config.error.ts';
import { assembleService } from './assemble-service.ts';
import type { Service, ServiceOptions } from './assemble-service.ts';

/** sysexits.h: "something was found in an unconfigured or misconfigured state" */
const EX_CONFIG = 78;

/**
 * A service, ready to listen: `const service = await createService(CatalogModule, { name: 'catalog' }); await service.listen();`
 * Ends the process with one line and status 78 when the configuration is refused, and with 1 when it cannot start.
 */
export async function createService(module: Type, options: ServiceOptions): Promise<Service> {
  const assembled = await orExit(options.name, assembleService(module, options));
  return { ...assembled, listen: async () => orExit(options.name, assembled.listen()) };
}

async function orExit<T>(service: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${service}: ${error.message}\n`);
      process.exit(EX_CONFIG);
    }
    const logger = pino(
      { base: { service }, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
      pino.destination({ fd: 1, sync: true }),
    );
    logger.fatal({ err: error }, 'could not start');
    process.exit(1);
  }
}
