import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long a service has had nothing to do, and what part of that time counts as nothing. */
const QUIET = { ms: 1_000, utilization: 0.25 };
/** Collections after which V8 drops the bytecode of a function that was not called meanwhile: at once, and as V8 has it. */
const OLD_AGE = { now: 1, usual: 6 };

/**
 * Gives back what only starting needed, garbage and bytecode: V8 keeps both until memory gets short, which in a service that has nothing to do is
 * never. A function that is called later is compiled again, from the text. Once, some tens of milliseconds, in the first quiet second: whoever
 * has customers by then has better things to do.
 */
export function forgetStart(): void {
  let since = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(since);
    since = performance.eventLoopUtilization();
    if (utilization > QUIET.utilization) return;
    clearInterval(timer);
    collect();
  }, QUIET.ms).unref();
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString(`--bytecode-old-age=${OLD_AGE.now}`);
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setFlagsFromString(`--bytecode-old-age=${OLD_AGE.usual}`);
}
