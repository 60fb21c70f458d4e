import type { DriftCode, Replica } from './observed.ts';
import { PACE, RESTARTS } from './pace.ts';

export type FaultCode = 'DEAD' | 'HUNG' | 'FAILING' | 'NEVER_READY' | DriftCode;

export interface Fault {
  readonly code: FaultCode;
  readonly detail: string;
}

interface Context {
  readonly now: number;
  readonly edgeAnswers: boolean;
  /** ms since any replica of the service is up: while none is, and as long as others need to follow, what they all need is or was away */
  readonly othersUpFor: number;
}

/** What is wrong with a replica, if anything. The first that applies: what is certain comes before what is guessed from silence. */
export function faultOf(replica: Replica, { now, edgeAnswers, othersUpFor }: Context): Fault | undefined {
  const { state, edge, drift, restarts, exitCode } = replica;
  if (state === 'exited') return { code: 'DEAD', detail: `its process ended with ${exitCode}` };
  if (state === 'created') return { code: 'DEAD', detail: 'it was made and never started' };
  const [drifted] = drift;
  if (drifted !== undefined) return drifted;
  if (state === 'paused') return { code: 'HUNG', detail: 'the engine says that it is frozen' };
  if (!edge.wasUp && restarts >= RESTARTS) return { code: 'NEVER_READY', detail: `it ended ${restarts} times before it got ready` };
  if (!edgeAnswers || edge.status === 'up') return undefined;
  const age = now - replica.startedAt;
  if (!edge.wasUp) {
    return age >= PACE.startDeadline
      ? { code: 'NEVER_READY', detail: `not ready ${seconds(age)} after its start: ${edge.detail}` }
      : undefined;
  }
  const silentFor = now - edge.since;
  if (edge.status === 'silent' && silentFor >= PACE.hungAfter) {
    return { code: 'HUNG', detail: `it runs and does not answer for ${seconds(silentFor)}: ${edge.detail}` };
  }
  if (Math.min(silentFor, othersUpFor) >= PACE.failingAfter) {
    return { code: 'FAILING', detail: `its probe fails for ${seconds(silentFor)}: ${edge.detail}` };
  }
  return undefined;
}

/** It served once, and may again: taking it away is a guess, so it is done one at a time. */
export function isGuess({ code }: Fault): boolean {
  return code === 'HUNG' || code === 'FAILING';
}

/** It still serves, and may until another takes its place. */
export function stillServes({ code }: Fault): boolean {
  switch (code) {
    case 'ENTERED':
    case 'FILE_WRITTEN':
    case 'CONFIGURATION':
      return true;
    case 'DEAD':
    case 'HUNG':
    case 'FAILING':
    case 'NEVER_READY':
      return false;
    default: {
      const unreachable: never = code;
      return unreachable;
    }
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
