import { ProblemError } from '@seaworthy/platform';
import { allOf } from '../jobs/all-of.ts';
import type { Run } from './run.ts';
import { isFinished, newRun } from './run.ts';
import { RunRecorder } from './run.recorder.ts';
import type { RunStore } from './run.store.ts';

export interface RunRequest {
  readonly commit: string;
  readonly author: string;
  readonly title: string;
  readonly requestedBy: string;
  readonly purpose: Run['purpose'];
  readonly operator: boolean;
}

interface QueueOptions {
  readonly store: RunStore;
  readonly stages: readonly string[];
  /** takes a run through its stages and answers its images */
  readonly execute: (recorder: RunRecorder, signal: AbortSignal) => Promise<Run['images']>;
  /** whether an image of a run that succeeded is still released, and its verdict counts */
  readonly isReleased: (image: Run['images'][number]) => Promise<boolean>;
  /** removes what an earlier process may have left in the engine */
  readonly cleanUp: () => Promise<void>;
  /** removes what earlier runs have left there: while the engine does not answer, a run cannot take away what it made */
  readonly cleanUpRuns: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

/** How many runs may wait: of one person, and of all but the operator. */
export const WAITING_LIMITS = { person: 5, all: 20 };
const TRY_AGAIN = { 'retry-after': '30' };

/** One run at a time, in the order in which they were asked for, the operator's before all others that wait. */
export class RunQueue {
  readonly #options: QueueOptions;
  readonly #waiting: Run[] = [];
  readonly #stop = new AbortController();
  #working: Promise<void> | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** A run that a killed process left unfinished is failed: what it had done so far proves nothing. */
  async recover(): Promise<void> {
    const { store, cleanUp } = this.#options;
    for (const run of store.list().filter((one) => !isFinished(one))) {
      const recorder = new RunRecorder(store, run);
      recorder.fail(interrupted());
    }
    await cleanUp();
  }

  /**
   * The run of this commit: a new one, or the one that is under way, or that succeeded and whose images are released: a registry may have lost
   * them, or have what another commit came to, and a key whose verdicts no longer count may have signed them.
   * @throws ProblemError TOO_MANY_REQUESTS or UNAVAILABLE where enough are waiting
   */
  async request(request: RunRequest): Promise<Run> {
    const { store, stages } = this.#options;
    const before = store.usableRunOf(request.commit, request.purpose);
    const isLost = before?.state === 'succeeded' && !(await this.#areReleased(before));
    // somebody else may have asked for the same meanwhile
    const known = store.usableRunOf(request.commit, request.purpose);
    // what a developer may not start, the operator does not wait for
    const isUsable = known !== undefined && (known.state === 'succeeded' || known.operator || !request.operator);
    if (isUsable && !(isLost && known.id === before.id)) return known;
    this.#checkRoom(request);
    const run = newRun({ ...request, stages });
    store.save(run);
    const others = run.operator ? this.#waiting.findIndex(({ operator }) => !operator) : -1;
    this.#waiting.splice(others < 0 ? this.#waiting.length : others, 0, run);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return run;
  }

  /**
   * Ends the run that is under way and those that wait, whose followers would hold the server open otherwise, and removes everything that runs have
   * made: nothing outlives the control plane.
   */
  async stop(): Promise<void> {
    for (const run of this.#waiting.splice(0)) new RunRecorder(this.#options.store, run).fail(interrupted());
    this.#stop.abort();
    await this.#working;
    await this.#options.cleanUp();
  }

  async #areReleased({ images }: Run): Promise<boolean> {
    const released = await allOf(images, async (image) => this.#options.isReleased(image));
    return released.every(Boolean);
  }

  /** Nobody fills the queue alone, and all together do not keep the operator out. */
  #checkRoom({ requestedBy, operator }: RunRequest): void {
    const own = this.#waiting.filter((run) => run.requestedBy === requestedBy).length;
    if (own >= WAITING_LIMITS.person) {
      const detail = `expected at most ${WAITING_LIMITS.person} waiting runs of ${requestedBy}, found ${own}; ask again when one has begun`;
      throw new ProblemError({ status: 429, code: 'TOO_MANY_REQUESTS', detail, headers: TRY_AGAIN });
    }
    if (operator || this.#waiting.length < WAITING_LIMITS.all) return;
    const detail = `expected at most ${WAITING_LIMITS.all} waiting runs, found ${this.#waiting.length}; ask again when one has begun`;
    throw new ProblemError({ status: 503, code: 'UNAVAILABLE', detail, headers: TRY_AGAIN });
  }

  async #work(): Promise<void> {
    for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
      await this.#execute(new RunRecorder(this.#options.store, run));
    }
  }

  async #execute(recorder: RunRecorder): Promise<void> {
    try {
      recorder.start();
      // what cannot be removed now may be later, and is no fault of this run
      await this.#options.cleanUpRuns().catch(this.#options.onError);
      this.#stop.signal.throwIfAborted();
      recorder.succeed(await this.#options.execute(recorder, this.#stop.signal));
    } catch (error) {
      recorder.fail(this.#stop.signal.aborted ? interrupted(error) : error);
      this.#options.onError(error);
    }
  }
}

function interrupted(cause?: unknown): Error {
  return Object.assign(new Error('the control plane ended before the run did; start it again', { cause }), { code: 'INTERRUPTED' });
}
