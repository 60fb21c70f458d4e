import { Logger } from '@nestjs/common';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { MessagingError } from '../messaging/messaging.error.ts';
import type { Messaging } from '../messaging/messaging.ts';
import { subjectOf, toCloudEvent } from './cloud-event.ts';
import type { Outbox, OutboxRow } from './outbox.ts';
import { RefusedEvents } from './refused.events.ts';
import { WorkLoop } from './work.loop.ts';

/** Sent together, in parallel. */
const BATCH = 64;
const PAUSE_MS = 500;

/**
 * Publishes what the outbox holds, in every replica, at least once: what was sent and could not be noted is sent again, under the same
 * message id, by which JetStream knows it. What NATS refuses, or no stream takes, stays in the outbox, and later events about the same thing with it; all others go on.
 */
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #outbox: Outbox;
  readonly #messaging: Messaging;
  readonly #source: string;
  readonly #loop: WorkLoop;
  readonly #logger = new Logger('outbox');
  readonly #refused = new RefusedEvents();

  /** `source`: the first part of its subjects */
  constructor(outbox: Outbox, messaging: Messaging, source: string) {
    this.#outbox = outbox;
    this.#messaging = messaging;
    this.#source = source;
    const words = { waiting: 'events wait in the outbox', again: 'events are published again' };
    this.#loop = new WorkLoop({ name: 'outbox', pause: PAUSE_MS, words, work: async () => this.#relay() });
  }

  onApplicationBootstrap(): void {
    this.#loop.start();
  }

  /** There is something new. */
  nudge(): void {
    this.#loop.nudge();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.#loop.stop();
  }

  async #relay(): Promise<{ more: boolean; failure?: unknown }> {
    let failure: unknown;
    let setAside = 0;
    const published = await this.#outbox.relay(BATCH, this.#refused.ids, async (event) => {
      try {
        await this.#publish(event);
        this.#refused.forget(event.id);
        return true;
      } catch (error) {
        if (isAway(error) || !this.#setAside(event, error)) failure ??= error;
        else setAside += 1;
        return false;
      }
    });
    return { more: published + setAside > 0, failure };
  }

  async #publish(event: OutboxRow): Promise<void> {
    const place = { source: this.#source, about: event.about };
    await this.#messaging.publish({ subject: subjectOf(event, place), id: event.id, data: toCloudEvent(event, place), trace: event.trace });
  }

  #setAside({ id, type, about }: OutboxRow, error: unknown): boolean {
    const times = this.#refused.add(id);
    if (times === undefined) return false;
    const msg = 'an event cannot be published, it stays in the outbox with those after it about the same';
    this.#logger.error({ msg, id, type, about, times, err: error });
    return true;
  }
}

/** NATS is away, for all of them alike; anything else is about the event: it is at fault itself, or no stream takes its subject. */
function isAway(error: unknown): boolean {
  return error instanceof MessagingError && error.code === 'MESSAGING_AWAY';
}
