import { faultOf, stillServes } from './fault.ts';
import type { Fault } from './fault.ts';
import type { Observed, Replica } from './observed.ts';
import { PACE } from './pace.ts';

/** A replica with what is wrong with it. */
export interface Faulty {
  readonly replica: Replica;
  readonly fault: Fault;
}

/** The replicas of one service by what can be said of each. One that is on its way out is in none of them. */
export interface Census {
  /** of the effective revision, without fault */
  readonly fresh: readonly Replica[];
  /** of another revision, without fault */
  readonly outdated: readonly Replica[];
  readonly faulty: readonly Faulty[];
  /** of which nobody can say anything: nothing is done to them, and none of them is counted on */
  readonly unknown: readonly Replica[];
  /** those that the edge sends requests to, drifted ones included */
  readonly serving: readonly Replica[];
  /** fresh ones that have been up long enough for others to go */
  readonly settled: readonly Replica[];
}

export function takeCensus({ replicas, leaving, edgeAnswers }: Observed, revision: string, now: number): Census {
  const staying = replicas.filter(({ id }) => !leaving.has(id));
  const here = staying.filter(({ state }) => state !== 'unknown');
  const othersUpFor = Math.max(0, ...here.filter(isUp).map(({ edge }) => now - edge.since));
  const judged = here.map((replica) => ({ replica, fault: faultOf(replica, { now, edgeAnswers, othersUpFor }) }));
  const healthy = judged.filter(({ fault }) => fault === undefined).map(({ replica }) => replica);
  const faulty = judged.flatMap(({ replica, fault }) => (fault === undefined ? [] : [{ replica, fault }]));
  const fresh = healthy.filter((replica) => replica.revision === revision);
  return {
    fresh,
    outdated: healthy.filter((replica) => replica.revision !== revision),
    faulty,
    unknown: staying.filter(({ state }) => state === 'unknown'),
    serving: [
      ...healthy.filter(isUp),
      ...faulty.filter(({ replica, fault }) => isUp(replica) && stillServes(fault)).map(({ replica }) => replica),
    ],
    settled: fresh.filter((replica) => isUp(replica) && now - replica.edge.since >= PACE.settle),
  };
}

export function isUp({ edge, state }: Replica): boolean {
  return state === 'running' && edge.status === 'up';
}

/**
 * Whether one that has drifted serves nobody, as far as the engine or the edge says so. While the edge does not answer, and for some time after
 * it has begun to, since it may not know the address yet, it is taken for one that serves.
 */
export function isIdle({ state, edge }: Replica, answeringSince: number | undefined, now: number): boolean {
  if (state !== 'running') return true;
  if (answeringSince === undefined || edge.status === 'up') return false;
  return edge.status !== 'unseen' || now - Math.max(edge.since, answeringSince) >= PACE.failingAfter;
}
