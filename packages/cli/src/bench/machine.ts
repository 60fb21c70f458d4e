import { cpus, loadavg, release, totalmem } from 'node:os';
import type { Engine } from '../host/engine/engine.ts';

/** Where the figures come from; without it they say nothing. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memoryBytes: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
  /** of the last minute, before the first measurement: what else was going on */
  readonly loadBefore: number;
}

export function describeMachine({ version }: Engine): Machine {
  const processors = cpus();
  return {
    cores: processors.length,
    processor: processors[0]?.model.trim() ?? 'unknown',
    memoryBytes: totalmem(),
    kernel: release(),
    node: process.version,
    engine: version,
    loadBefore: loadavg()[0] ?? Number.NaN,
  };
}

/** A machine that does other things as well measures those too. */
export function isQuiet({ cores, loadBefore }: Machine): boolean {
  return loadBefore < cores / 2;
}
