import { ConfigError } from './config.error.ts';

/** sysexits.h: "something was found in an unconfigured or misconfigured state" */
const EX_CONFIG = 78;

/** Ends the process with one line and status 78 when the configuration is refused; anything else is thrown on. */
export async function orRefuse<T>(service: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${service}: ${error.message}\n`);
    return process.exit(EX_CONFIG);
  }
}
