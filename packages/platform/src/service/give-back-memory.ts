import { performance } from 'node:perf_hooks';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** How long a service has had nothing to do, and what part of that time counts as nothing. */
const QUIET = { ms: 1_000, utilization: 0.25 };
/** So many more bytes in use than after the last collection are worth the next one: some tens of milliseconds of a service without customers. */
const WORTHWHILE_BYTES = 8 * 2 ** 20;

/**
 * Gives back what V8 keeps until memory gets short, which in a service that has nothing to do is never. In the first quiet second: what only
 * starting needed, garbage and bytecode; a function that is called later is compiled again, from the text. In later ones the garbage alone, when
 * there is enough of it: the first customer after a pause finds what the last one left compiled. Whoever has customers is left alone.
 */
export function giveBackMemory(): void {
  let since = performance.eventLoopUtilization();
  let after: number | undefined;
  setInterval(() => {
    const { utilization } = performance.eventLoopUtilization(since);
    since = performance.eventLoopUtilization();
    if (utilization > QUIET.utilization) return;
    if (after === undefined) collect(DROPPING_BYTECODE);
    else if (inUse() > after + WORTHWHILE_BYTES) collect(KEEPING_BYTECODE);
    else return;
    after = inUse();
  }, QUIET.ms).unref();
}

/** What V8 does with bytecode that was not called since earlier collections; it has `--flush-bytecode --bytecode-old-age=6` itself. */
const DROPPING_BYTECODE = { meanwhile: '--bytecode-old-age=1', afterwards: '--bytecode-old-age=6' };
const KEEPING_BYTECODE = { meanwhile: '--no-flush-bytecode', afterwards: '--flush-bytecode' };

function collect(bytecode: { meanwhile: string; afterwards: string }): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as (options: object) => void;
  setFlagsFromString(bytecode.meanwhile);
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  setFlagsFromString(bytecode.afterwards);
}

function inUse(): number {
  return getHeapStatistics().used_heap_size;
}
