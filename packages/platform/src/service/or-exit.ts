import { ConfigError } from '../config/config.error.ts';
import { createLogger } from '../logging/logger.ts';

/** sysexits.h: "something was found in an unconfigured or misconfigured state" */
const EX_CONFIG = 78;

/** Ends the process with one line and status 78 when the configuration is refused, and with a log line and 1 for anything else. */
export async function orExit<T>(service: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${service}: ${error.message}\n`);
      return process.exit(EX_CONFIG);
    }
    createLogger({ service, level: 'info' }).fatal({ err: error }, 'could not start');
    return process.exit(1);
  }
}
