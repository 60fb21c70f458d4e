import { Logger } from '@nestjs/common';

export interface WorkLoopOptions {
  /** the logger's context */
  name: string;
  /** One round. `more`: there may be more to do at once. `failure`: something was away, though what could be done was done. */
  work: () => Promise<{ more: boolean; failure?: unknown }>;
  /** ms between two rounds when nobody nudges: what another replica left behind is found so late at most */
  pause: number;
  /** what the log says when something is away, and when it is back */
  words: { waiting: string; again: string };
}

const PAUSE_WHEN_AWAY_MS = 1_000;

/** Work that lies in a table, done by every replica: at once when nudged, and now and then because somebody else may have left some. */
export class WorkLoop {
  readonly #options: WorkLoopOptions;
  readonly #logger: Logger;
  #stopped = false;
  #ended: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #nudged = false;
  #away = false;

  constructor(options: WorkLoopOptions) {
    this.#options = options;
    this.#logger = new Logger(options.name);
  }

  start(): void {
    this.#ended = this.#run();
  }

  /** There is something new: do not wait for the next look. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /** What is in hand is finished; the rest is for other replicas, or for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#ended;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#nudged = false;
      const more = await this.#round();
      if (more || this.#stopped) continue;
      await this.#rest();
    }
  }

  async #round(): Promise<boolean> {
    try {
      const { more, failure } = await this.#options.work();
      this.#note(failure);
      return more;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }

  async #rest(): Promise<void> {
    // while something is away, nudges would only make it worse
    if (this.#nudged && !this.#away) return;
    const ms = (this.#away ? PAUSE_WHEN_AWAY_MS : this.#options.pause) * (0.5 + Math.random());
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        if (this.#away && !this.#stopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  /** Logs changes only: what is away is tried every second. */
  #note(failure: unknown): void {
    const away = failure !== undefined;
    const { waiting, again } = this.#options.words;
    if (away && !this.#away) this.#logger.warn({ msg: waiting, err: failure });
    if (!away && this.#away) this.#logger.log({ msg: again });
    this.#away = away;
  }
}
