import { interrupted } from '../host/interrupt.ts';

/** Milliseconds of each of `runs` times that `work` is done, one after the other. */
export async function times(runs: number, work: () => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    interrupted.throwIfAborted();
    const since = performance.now();
    await work();
    values.push(performance.now() - since);
  }
  return values;
}
