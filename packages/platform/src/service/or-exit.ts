import { orRefuse } from '../config/or-refuse.ts';
import { createLogger } from '../logging/logger.ts';

/** Ends the process with one line and status 78 when the configuration is refused, and with a log line and 1 for anything else. */
export async function orExit<T>(service: string, work: Promise<T>): Promise<T> {
  try {
    return await orRefuse(service, work);
  } catch (error) {
    createLogger({ service, level: 'info' }).fatal({ err: error }, 'could not start');
    return process.exit(1);
  }
}
