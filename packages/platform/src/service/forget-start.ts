import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Long enough for the first probes. */
const SETTLED_MS = 1_000;

/**
 * Gives back what only starting needed: V8 keeps it until memory gets short, which in a service that has nothing to do is never. Once, some tens of
 * milliseconds, and before a balancer has sent much.
 */
export function forgetStart(): NodeJS.Timeout {
  return setTimeout(() => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as (options: object) => void;
    collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  }, SETTLED_MS).unref();
}
