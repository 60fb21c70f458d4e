import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Messaging } from '../messaging/messaging.ts';
import { subjectOf, toCloudEvent } from './cloud-event.ts';
import type { Outbox, OutboxRow } from './outbox.ts';
import { WorkLoop } from './work.loop.ts';

/** Sent together, in parallel. */
const BATCH = 64;
const PAUSE_MS = 500;

/**
 * Publishes what the outbox holds, in every replica, at least once: what was sent and could not be noted is sent again, under the same
 * message id, by which JetStream knows it.
 */
export class OutboxRelay implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #outbox: Outbox;
  readonly #messaging: Messaging;
  readonly #source: string;
  readonly #loop: WorkLoop;

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
    const published = await this.#outbox.relay(BATCH, async (event) => {
      try {
        await this.#publish(event);
        return true;
      } catch (error) {
        failure ??= error;
        return false;
      }
    });
    return { more: published > 0, failure };
  }

  async #publish(event: OutboxRow): Promise<void> {
    const place = { source: this.#source, about: event.about };
    await this.#messaging.publish({ subject: subjectOf(event, place), id: event.id, data: toCloudEvent(event, place), trace: event.trace });
  }
}
