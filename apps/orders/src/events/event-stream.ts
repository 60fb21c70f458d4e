import { Readable } from 'node:stream';
import type { OrderEvent } from '../outbox/order-event.ts';

/** Proxies cut what is silent (the edge: 15 s). */
const HEARTBEAT_MS = 5_000;
/** What a client that reads slowly may leave unread before it is cut: it comes back with the last id that it saw. */
const MOST_UNREAD_BYTES = 64 * 1024;
/** ms after which a client whose stream ended comes back */
const RETRY_MS = 500;

/** One client's stream (server-sent events, HTML standard section 9.2). */
export class EventStream extends Readable {
  #last: number;
  #busy = false;
  #again = false;
  #ended = false;
  readonly #read: (after: number) => Promise<OrderEvent[]>;
  readonly #isRevoked: () => boolean;
  readonly #heartbeat: NodeJS.Timeout;

  /**
   * `read` gives the order's events after a sequence number: the stream always tells what the database holds, whoever wakes it. `isRevoked` is asked
   * before each reading: a stream lives longer than the request that showed a token for it.
   */
  constructor({ after, read, isRevoked }: { after: number; read: (after: number) => Promise<OrderEvent[]>; isRevoked: () => boolean }) {
    super();
    this.#last = after;
    this.#read = read;
    this.#isRevoked = isRevoked;
    this.#heartbeat = setInterval(() => void this.#beat(), HEARTBEAT_MS);
    this.#write(`retry: ${RETRY_MS}\n\n`);
  }

  override _read(): void {
    // events come when they come
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    done(error);
  }

  /** Something may have happened. Calls that come meanwhile become one. */
  async wake(): Promise<void> {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (this.#again && !this.destroyed && !this.#ended) {
        this.#again = false;
        if (this.#isRevoked()) return this.finish('unauthenticated');
        for (const event of await this.#read(this.#last)) this.#tell(event);
      }
    } catch {
      this.finish('unavailable'); // the client comes back, maybe to a replica that can read, or that knows what was revoked
    } finally {
      this.#busy = false;
    }
  }

  /** A polite end: the client is told, and comes back by itself with the last id. */
  finish(reason: 'draining' | 'unauthenticated' | 'unavailable'): void {
    if (this.destroyed || this.#ended) return;
    this.#ended = true;
    clearInterval(this.#heartbeat);
    this.push(`event: end\ndata: {"reason":"${reason}"}\n\n`);
    this.push(null);
  }

  #tell(event: OrderEvent): void {
    this.#last = event.sequence;
    const { type, time, data } = event;
    this.#write(`id: ${event.sequence}\nevent: ${type}\ndata: ${JSON.stringify({ orderId: data.orderId, status: data.status, time })}\n\n`);
  }

  /** Also looks whether a wake-up was lost: NATS may be away. */
  async #beat(): Promise<void> {
    this.#write(': still here\n\n');
    await this.wake();
  }

  #write(text: string): void {
    if (this.destroyed || this.#ended) return;
    this.push(text);
    if (this.readableLength > MOST_UNREAD_BYTES) this.destroy();
  }
}
