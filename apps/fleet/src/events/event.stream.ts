import { Readable } from 'node:stream';
import type { FleetEvent } from './event.ts';
import type { EventLog } from './event.log.ts';

const HEARTBEAT_MS = 5_000;
/** What a client that reads slowly may leave unread before it is cut: it comes back with the last id that it saw. */
const MOST_UNREAD_BYTES = 256 * 1024;

/** One follower's stream of what the fleet does (server-sent events, HTML standard section 9.2): what it missed, then what happens. */
export class EventStream extends Readable {
  readonly #stop: () => void;
  readonly #heartbeat: NodeJS.Timeout;
  readonly #mayTell: () => boolean;
  #isFinished = false;

  /** `mayTell` is asked before anything is told: a stream lives longer than the request that showed a token for it. */
  constructor(log: EventLog, { after, mayTell }: { after: number; mayTell: () => boolean }) {
    super();
    this.#mayTell = mayTell;
    this.#stop = log.follow((event) => this.#tell(event));
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), HEARTBEAT_MS);
    for (const event of log.after(after)) this.#tell(event);
  }

  override _read(): void {
    // events come when they come
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stop();
    clearInterval(this.#heartbeat);
    done(error);
  }

  /** A polite end. */
  finish(): void {
    if (!this.destroyed) this.push(null);
    this.#isFinished = true;
    this.#stop();
    clearInterval(this.#heartbeat);
  }

  #tell(event: FleetEvent): void {
    this.#write(`id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
  }

  #write(text: string): void {
    if (this.destroyed || this.#isFinished) return;
    if (!this.#mayTell()) return this.finish();
    this.push(text);
    if (this.readableLength > MOST_UNREAD_BYTES) this.destroy();
  }
}
