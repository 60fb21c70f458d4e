import type { Scale } from '@seaworthy/contracts';

/** What one service shall be. */
export interface Goal {
  readonly service: string;
  readonly scale: Scale;
  /** id of the deployed revision */
  readonly revision: string;
  /** what ran before it, to go back to */
  readonly previous?: string;
  /** the deploy that wants it: another one is another attempt, also at the same revision */
  readonly deploy?: string | undefined;
}

/** Ways in which a replica is no longer what was deployed. */
export type DriftCode = 'ENTERED' | 'FILE_WRITTEN' | 'CONFIGURATION';

/** Whether the edge sends it requests; `silent`: it does not answer the checks at all, `refusing`: it answers that it is not ready. */
export type EdgeStatus = 'up' | 'silent' | 'refusing' | 'unseen';

/** One replica, as the engine and the edge tell of it. Nothing that it says of itself is in here. */
export interface Replica {
  readonly id: string;
  readonly name: string;
  /** undefined when it carries none: no deploy made it */
  readonly revision: string | undefined;
  /** when its container was made; ms since the epoch, like all times here */
  readonly madeAt: number;
  /** when its process began: later, and anew when the engine has started it again */
  readonly startedAt: number;
  /** `unknown`: the engine lists it, and does not tell of it, since `edge.since` */
  readonly state: 'created' | 'running' | 'paused' | 'restarting' | 'exited' | 'unknown';
  readonly exitCode: number;
  /** how often the engine has started it again */
  readonly restarts: number;
  readonly edge: {
    readonly status: EdgeStatus;
    /** since when it has been so */
    readonly since: number;
    /** whether the edge has found it up since its process started */
    readonly wasUp: boolean;
    /** the edge's own words on its last check */
    readonly detail: string;
  };
  readonly drift: readonly { readonly code: DriftCode; readonly detail: string }[];
}

/** A replica that the engine did not make, or not start, and what it said instead. */
export interface NotStarted {
  readonly replica: string;
  readonly revision: string;
  readonly detail: string;
}

export interface Observed {
  readonly replicas: readonly Replica[];
  /** replicas that are being made, by revision */
  readonly adding: readonly string[];
  /** since the last look */
  readonly notStarted: readonly NotStarted[];
  /** ids of replicas that are being taken away */
  readonly leaving: ReadonlySet<string>;
  /** whether the edge answers; when it does not, nobody can say who hangs */
  readonly edgeAnswers: boolean;
  /** requests in hand and waiting at this moment, over all replicas; undefined when the edge does not answer */
  readonly concurrency: number | undefined;
}
