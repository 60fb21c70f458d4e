import { performance } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long a service has had nothing to do, and what part of that time counts as nothing. */
interface Quiet {
  readonly ms: number;
  readonly utilization: number;
}
const AFTER_START: Quiet = { ms: 1_000, utilization: 0.25 };
const LATER: Quiet = { ms: 30_000, utilization: 0.1 };

/** Collections after which V8 drops the bytecode of a function that was not called meanwhile: at once, and as V8 has it. */
const OLD_AGE = { now: 1, usual: 6 };

/**
 * Gives back what nobody needs any more, which V8 keeps until memory gets short: in a service that has nothing to do, never. In the first quiet
 * second what only starting needed, garbage and bytecode; a function that is called later is compiled again, from the text. After that, in each
 * quiet half minute, what the edge's checks and the queues' polling have left behind: before it can pile up, since the C library keeps for good what
 * the collection of a larger heap needs. Some tens of milliseconds each; whoever has customers has better things to do.
 *
 * @param later what counts as quiet after the first time
 */
export function forgetWhenQuiet(later: Quiet = LATER): void {
  const afterStart = whenQuiet(AFTER_START, () => {
    clearInterval(afterStart);
    setFlagsFromString(`--bytecode-old-age=${OLD_AGE.now}`);
    collect();
    setFlagsFromString(`--bytecode-old-age=${OLD_AGE.usual}`);
    whenQuiet(later, collect);
  });
}

function whenQuiet({ ms, utilization: most }: Quiet, work: () => void): NodeJS.Timeout {
  let since = performance.eventLoopUtilization();
  return setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(since);
    if (utilization <= most) work();
    since = performance.eventLoopUtilization();
  }, ms).unref();
}

function collect(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => void;
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
