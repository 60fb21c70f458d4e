import { orRefuse } from '../config/or-refuse.ts';
import { RefusalError } from '../errors/refusal.error.ts';
import { createLogger } from '../logging/logger.ts';

/**
 * Ends the process with one line and status 78 when the configuration is refused, with one line and 1 when the work refuses to be done, and with a
 * log line and 1 for anything else.
 */
export async function orExit<T>(service: string, work: Promise<T>): Promise<T> {
  try {
    return await orRefuse(service, work);
  } catch (error) {
    // of a one-shot that fails, whoever deploys is shown standard error
    if (error instanceof RefusalError) process.stderr.write(`${service}: ${error.message}\n`);
    else createLogger({ service, level: 'info' }).fatal({ err: error }, 'could not start');
    return process.exit(1);
  }
}
