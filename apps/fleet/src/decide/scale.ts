import type { Scale } from '@seaworthy/contracts';
import { HEADROOM, PACE } from './pace.ts';

interface Sample {
  readonly at: number;
  readonly concurrency: number;
}

/** What is remembered of the load. It begins empty: a fleet that starts anew keeps what is there until it knows better. */
export interface LoadMemory {
  readonly wanted: number;
  /** of the last `loadWindow`, as they came */
  readonly samples: readonly Sample[];
  /** averages of the last `calmWindow` */
  readonly averages: readonly Sample[];
  /** when knowledge of the load began, without a gap */
  readonly since: number | undefined;
  readonly lastDown: number;
}

export function firstLoad(replicas: number, { min, max }: Scale): LoadMemory {
  return { wanted: clamp(replicas, min, max), samples: [], averages: [], since: undefined, lastDown: 0 };
}

/**
 * How many replicas the load wants. Up at once, when the average of a second wants more, as far as its highest moment does; down one by one,
 * and only when the highest average of the whole calm window, with headroom, would fit into one less. So a load that swings less than the
 * headroom moves nothing.
 */
export function followLoad(memory: LoadMemory, scale: Scale, concurrency: number | undefined, now: number): LoadMemory {
  const held = { ...memory, wanted: clamp(memory.wanted, scale.min, scale.max) };
  if (concurrency === undefined) return { ...held, samples: [], averages: [], since: undefined };
  const samples = [...memory.samples.filter(({ at }) => now - at < PACE.loadWindow), { at: now, concurrency }];
  const since = memory.since ?? now;
  const average = samples.reduce((sum, one) => sum + one.concurrency, 0) / samples.length;
  const averages = [...memory.averages.filter(({ at }) => now - at < PACE.calmWindow), { at: now, concurrency: average }];
  const next = { ...held, samples, averages, since };
  // one sample is a snapshot: half a window of them is a load
  if (now - since < PACE.loadWindow / 2) return next;
  const enoughFor = (load: number): number => clamp(Math.ceil(load / scale.targetConcurrency), scale.min, scale.max);
  // that it is more, the average says; how much more, its highest sample: what grows is seen when it has grown
  if (enoughFor(average) > next.wanted) return { ...next, wanted: enoughFor(highest(samples)) };
  const enough = enoughFor(highest(averages) * HEADROOM);
  const isCalm = now - since >= PACE.calmWindow && now - next.lastDown >= PACE.stepDown;
  return isCalm && enough < next.wanted ? { ...next, wanted: next.wanted - 1, lastDown: now } : next;
}

function highest(samples: readonly Sample[]): number {
  return Math.max(...samples.map(({ concurrency }) => concurrency));
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}
