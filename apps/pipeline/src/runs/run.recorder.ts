import type { ImageOutcome, Run, Stage } from './run.ts';
import type { RunStore } from './run.store.ts';

/** Writes down what happens to a run while it happens. */
export class RunRecorder {
  readonly #store: RunStore;
  #run: Run;
  /** the first that failed: those beside it are ended because of it */
  #failed: string | undefined;

  constructor(store: RunStore, run: Run) {
    this.#store = store;
    this.#run = run;
  }

  get run(): Run {
    return this.#run;
  }

  start(): void {
    this.#change({ state: 'running', startedAt: new Date().toISOString() });
  }

  succeed(images: readonly ImageOutcome[]): void {
    this.#change({ state: 'succeeded', images: [...images], finishedAt: new Date().toISOString() });
  }

  /** Never throws: a run that cannot be written down, as on a full disk, is ended all the same; the next start finds it unfinished. */
  fail(error: unknown): void {
    const { stages } = this.#run;
    const stageIn = (wanted: Stage['state']): string | undefined => stages.find(({ state }) => state === wanted)?.name;
    const begun = stages.findLast(({ startedAt }) => startedAt !== undefined)?.name;
    const stage = this.#failed ?? stageIn('failed') ?? stageIn('running') ?? begun ?? 'source';
    try {
      this.#change({
        state: 'failed',
        finishedAt: new Date().toISOString(),
        failure: { stage, code: codeOf(error), message: messageOf(error) },
      });
    } catch {
      this.#store.show(this.#run);
    }
  }

  /** Does the work of a stage. What it answers as `message` is shown; `skipped` says that there was nothing to do. */
  async stage<T extends { message?: string; skipped?: boolean }>(name: string, work: () => Promise<T>): Promise<T> {
    const started = Date.now();
    this.#stage(name, { state: 'running', startedAt: new Date(started).toISOString() });
    try {
      const done = await work();
      this.#stage(name, {
        state: done.skipped ? 'skipped' : 'succeeded',
        durationMs: Date.now() - started,
        ...(done.message ? { message: done.message } : {}),
      });
      return done;
    } catch (error) {
      this.#failed ??= name;
      this.#stage(name, { state: 'failed', durationMs: Date.now() - started, message: messageOf(error) });
      throw error;
    }
  }

  #stage(name: string, change: Partial<Stage>): void {
    this.#change({ stages: this.#run.stages.map((stage) => (stage.name === name ? { ...stage, ...change } : stage)) });
  }

  #change(change: Partial<Run>): void {
    this.#run = { ...this.#run, ...change };
    this.#store.save(this.#run);
  }
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNEXPECTED';
}

export function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 4000);
}
