import { duration } from './duration.ts';

export interface StageHandle {
  /** what the stage is doing now: `postgres 3/9` */
  update(text: string): void;
  /** It ends without an error, and yet not as it should: a check that found something. */
  fail(text: string): void;
}

export interface Progress {
  /** Runs `work` as a stage that is shown until it ends; several may run at the same time. Passes on its result or its error. */
  stage<T>(title: string, work: (stage: StageHandle) => Promise<T>): Promise<T>;
  /** A line of its own, above whatever is running. */
  line(text?: string): void;
  warn(text: string): void;
}

export interface ProgressOptions {
  readonly stream?: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };
  /** false: one line a step, as a log needs it */
  readonly interactive?: boolean;
}

/** In a terminal, each running stage has one line that changes in place; in a log, each begin, change and end is a line. */
export function createProgress({ stream = process.stderr, interactive = wantsAnimation(stream) }: ProgressOptions = {}): Progress {
  return interactive ? new LiveProgress(stream) : new PlainProgress(stream);
}

function wantsAnimation(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY === true && !process.env['CI'] && process.env['TERM'] !== 'dumb';
}

type Stream = NonNullable<ProgressOptions['stream']>;
interface Running {
  readonly title: string;
  readonly since: number;
  text: string;
  failed: boolean;
}

class LiveProgress implements Progress {
  readonly #stream: Stream;
  readonly #running = new Set<Running>();
  #drawn = 0;
  #timer: NodeJS.Timeout | undefined;
  #frame = 0;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  async stage<T>(title: string, work: (stage: StageHandle) => Promise<T>): Promise<T> {
    const running: Running = { title, since: performance.now(), text: '', failed: false };
    this.#running.add(running);
    this.#timer ??= setInterval(() => this.#redraw(), FRAME_MS).unref();
    let mark = MARKS.failed;
    try {
      const result = await work({ update: (text) => (running.text = text), fail: (text) => failWith(running, text) });
      if (!running.failed) mark = MARKS.done;
      return result;
    } finally {
      this.#running.delete(running);
      this.#redraw(`${mark} ${summary(running)}`);
      if (this.#running.size === 0) this.#stop();
    }
  }

  line(text = ''): void {
    this.#redraw(text);
  }

  warn(text: string): void {
    this.#redraw(`${MARKS.warning} ${text}`);
  }

  /** One write a frame, so that nothing flickers: up to the first running line, the finished one, then the running ones again. */
  #redraw(finished?: string): void {
    const up = this.#drawn > 0 ? `\u001B[${this.#drawn}A` : '';
    const spinner = SPINNER[(this.#frame += 1) % SPINNER.length];
    const lines = [...this.#running].map((running) => this.#cut(`${spinner} ${summary(running)}`));
    const all = finished === undefined ? lines : [finished, ...lines];
    this.#stream.write(`${up}${all.map((line) => `\r\u001B[K${line}\n`).join('')}\u001B[J`);
    this.#drawn = lines.length;
  }

  /** A line that wraps would break the count of lines to go up. Some terminals say that they have 0 columns. */
  #cut(line: string): string {
    const width = (this.#stream.columns || 80) - 1;
    return line.length > width ? `${line.slice(0, width - 1)}…` : line;
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}

class PlainProgress implements Progress {
  readonly #stream: Stream;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  async stage<T>(title: string, work: (stage: StageHandle) => Promise<T>): Promise<T> {
    const running: Running = { title, since: performance.now(), text: '', failed: false };
    let told = running.since;
    this.line(`• ${title} …`);
    const update = (text: string): void => {
      running.text = text;
      if (performance.now() - told < QUIET_MS) return;
      told = performance.now();
      this.line(`  ${summary(running)}`);
    };
    try {
      const result = await work({ update, fail: (text) => failWith(running, text) });
      this.line(`${running.failed ? MARKS.failed : MARKS.done} ${summary(running)}`);
      return result;
    } catch (error) {
      this.line(`${MARKS.failed} ${summary(running)}`);
      throw error;
    }
  }

  line(text = ''): void {
    this.#stream.write(`${text}\n`);
  }

  warn(text: string): void {
    this.line(`${MARKS.warning} ${text}`);
  }
}

function failWith(running: Running, text: string): void {
  running.text = text;
  running.failed = true;
}

function summary({ title, since, text }: Running): string {
  return `${title} (${duration(performance.now() - since)})${text ? ` · ${text}` : ''}`;
}

const MARKS = { done: '✓', failed: '✗', warning: '!' };
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 100;
/** In a log, a stage says at most this often what it is doing. */
const QUIET_MS = 5000;
