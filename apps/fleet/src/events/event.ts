import type { ReasonCode } from '../decide/decision.ts';

export type EventKind =
  | 'adding' // a replica is made
  | 'added' // it is started
  | 'ready' // the edge sends it requests
  | 'removing'
  | 'removed'
  | 'failed' // the engine did not do what it was asked
  | 'progress' // the deployed revision: rolling-out, rolled-out, rolled-back, failing
  | 'holding'; // something is wrong, and nothing is done about it

/** One thing that the fleet did or saw, with its reason. */
export interface FleetEvent {
  /** grows from one to the next, also across a restart of the fleet */
  readonly id: number;
  readonly time: string;
  readonly service: string;
  readonly kind: EventKind;
  readonly code?: ReasonCode;
  readonly replica?: string;
  readonly revision?: string;
  readonly detail: string;
}
