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
  /** removes what an earlier process may have left in the engine */
  readonly cleanUp: () => Promise<void>;
  readonly onError?: (error: unknown) => void;
}

const QUEUE_LIMIT = 20;

/** One run at a time, in the order in which they were asked for. */
export class RunQueue {
  readonly #options: QueueOptions;
  readonly #waiting: string[] = [];
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

  /** The run of this commit: a new one, or the one that succeeded or is under way. */
  request(request: RunRequest): Run {
    const { store, stages } = this.#options;
    const known = store.usableRunOf(request.commit, request.purpose);
    // what a developer may not start, the operator does not wait for
    if (known && (known.state === 'succeeded' || known.operator || !request.operator)) return known;
    if (this.#waiting.length >= QUEUE_LIMIT)
      throw Object.assign(new Error(`expected at most ${QUEUE_LIMIT} waiting runs`), { code: 'QUEUE_FULL' });
    const run = newRun({ ...request, stages });
    store.save(run);
    this.#waiting.push(run.id);
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
    return run;
  }

  /** Ends the run that is under way, and removes everything that runs have made: nothing outlives the control plane. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    this.#stop.abort();
    await this.#working;
    await this.#options.cleanUp();
  }

  async #work(): Promise<void> {
    for (let id = this.#waiting.shift(); id !== undefined; id = this.#waiting.shift()) {
      const run = this.#options.store.find(id);
      if (run) await this.#execute(new RunRecorder(this.#options.store, run));
    }
  }

  async #execute(recorder: RunRecorder): Promise<void> {
    recorder.start();
    try {
      recorder.succeed(await this.#options.execute(recorder, this.#stop.signal));
    } catch (error) {
      recorder.fail(this.#stop.signal.aborted ? interrupted(error) : error);
      this.#options.onError?.(error);
    }
  }
}

function interrupted(cause?: unknown): Error {
  return Object.assign(new Error('the control plane ended before the run did; start it again', { cause }), { code: 'INTERRUPTED' });
}
