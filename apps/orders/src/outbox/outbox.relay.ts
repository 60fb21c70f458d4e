import { Injectable, Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Messaging, MessagingError } from '@seaworthy/platform/messaging';
import { subjectOf, toEvent } from './order-event.ts';
import { Outbox } from './outbox.ts';

/** Sent together, in parallel. */
const BATCH = 64;
/** Between two looks when nobody nudges: what another replica left behind is found so late at most. */
const PAUSE_MS = 500;
const PAUSE_WHEN_AWAY_MS = 1_000;

/**
 * Publishes what the outbox holds, in every replica, at least once: what was sent and could not be noted is sent again, under the same
 * message id, by which JetStream knows it.
 */
@Injectable()
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #outbox: Outbox;
  readonly #messaging: Messaging;
  readonly #logger = new Logger('outbox');
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();
  #wake: () => void = () => undefined;
  #nudged = false;
  #away = false;

  constructor(outbox: Outbox, messaging: Messaging) {
    this.#outbox = outbox;
    this.#messaging = messaging;
  }

  onApplicationBootstrap(): void {
    this.#loop = this.#run();
  }

  /** There is something new: do not wait for the next look. */
  nudge(): void {
    this.#nudged = true;
    this.#wake();
  }

  /** What is in hand is finished; the rest is for other replicas, or for the next start. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#nudged = false;
      const progress = await this.#relay();
      if (progress || this.#stopped) continue;
      await this.#pause();
    }
  }

  async #relay(): Promise<boolean> {
    try {
      let failure: unknown;
      const published = await this.#outbox.relay(BATCH, async (event) => {
        try {
          await this.#messaging.publish({ subject: subjectOf(event), id: event.id, data: toEvent(event), trace: event.trace });
          return true;
        } catch (error) {
          failure ??= error;
          return false;
        }
      });
      this.#note(failure);
      return published > 0;
    } catch (error) {
      this.#note(error);
      return false;
    }
  }

  async #pause(): Promise<void> {
    // while something is away, nudges would only make it worse
    if (this.#nudged && !this.#away) return;
    const ms = (this.#away ? PAUSE_WHEN_AWAY_MS : PAUSE_MS) * (0.5 + Math.random());
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
    if (away && !this.#away)
      this.#logger.warn({
        msg: 'events wait in the outbox',
        code: failure instanceof MessagingError ? failure.code : 'DATABASE',
        err: failure,
      });
    if (!away && this.#away) this.#logger.log({ msg: 'events are published again' });
    this.#away = away;
  }
}
