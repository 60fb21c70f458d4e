import { createLogger } from '@seaworthy/platform/logging';
import type { LoggerOptions } from '@seaworthy/platform/logging';

/** One line of JSON, with the password taken out. */
export function greet(destination?: LoggerOptions['destination']): void {
  const logger = createLogger({ service: 'harbour', level: 'info', ...(destination && { destination }) });
  logger.info({ user: 'marina', login: { password: 'ahoy' } }, 'somebody came aboard');
}
