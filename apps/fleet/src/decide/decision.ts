import type { FaultCode } from './fault.ts';
import type { LoadMemory } from './scale.ts';

/** Why something is done. The set is closed: tests, the log and the command line rely on it. */
export type ReasonCode =
  | FaultCode
  | 'SCALE_UP' // the load wants more
  | 'SCALE_DOWN' // the load wanted less for a while
  | 'REPLACE' // one is missing that should be there
  | 'ROLL_OUT' // another revision was deployed
  | 'ROLL_BACK'; // the deployed revision did not get ready

export interface Reason {
  readonly code: ReasonCode;
  readonly detail: string;
}

export type Action =
  | { readonly kind: 'add'; readonly revision: string; readonly reason: Reason }
  /** drain: it may finish what it has in hand; kill: it has nothing in hand that it could finish */
  | { readonly kind: 'remove'; readonly id: string; readonly name: string; readonly how: 'drain' | 'kill'; readonly reason: Reason };

/** What becomes of the deployed revision. */
export type Progress =
  | { readonly state: 'rolling-out' }
  | { readonly state: 'rolled-out' }
  /** the one before serves on */
  | { readonly state: 'rolled-back'; readonly reason: string }
  /** there is none before it: tried again and again, ever more slowly */
  | { readonly state: 'failing'; readonly reason: string };

export interface Failure {
  readonly revision: string;
  readonly replica: string;
  /** of ATTEMPTS; 0: no reason to give the revision up, but none to hurry either */
  readonly weight: number;
  readonly detail: string;
  readonly at: number;
}

/** What is remembered of one service between two decisions. Nothing is lost for good with it: see docs/decisions/fleet.md. */
export interface Memory {
  readonly load: LoadMemory | undefined;
  /** revisions that were ever ready for as long as PACE.settle */
  readonly proven: readonly string[];
  /** in which the failures were */
  readonly deploy: string | undefined;
  /** replicas that failed before they were ready, or were not started at all; each counts once */
  readonly failures: readonly Failure[];
  /** the revision that was given up, and why */
  readonly givenUp: { readonly revision: string; readonly reason: string } | undefined;
}

export const NO_MEMORY: Memory = { load: undefined, proven: [], deploy: undefined, failures: [], givenUp: undefined };

export interface Decision {
  readonly actions: readonly Action[];
  readonly memory: Memory;
  /** replicas that the load wants */
  readonly wanted: number;
  /** replicas that serve, counting those that are about to be replaced */
  readonly serving: number;
  readonly progress: Progress;
  /** why nothing is done although something is wrong; for people */
  readonly holding: string | undefined;
}
