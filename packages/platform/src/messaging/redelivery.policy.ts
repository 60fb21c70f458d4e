import type { JsMsg } from '@nats-io/jetstream';
import { isDatabaseAway, isStatementTimeout, isUndefinedInSchema } from '../database/database.error.ts';
import { SCHEMA } from '../database/schema.health.ts';
import type { HealthRegistry } from '../health/health-registry.ts';
import { backoff } from '../resilience/backoff.ts';
import { BlamedMessages } from './blamed-messages.ts';
import { PoisonError } from './messaging.error.ts';

const RETRY_MS = { first: 200, longest: 30_000 };
/**
 * A statement that is over its time may be slow by itself, or the database is slow for everybody: the error is the same. So it counts, but for little. With
 * the pauses between deliveries (15 to 30 s at last) these take seven minutes at least: few databases are that slow for longer and
 * yet answer, and a message that is always over its time comes no more often.
 */
const MOST_TIMEOUTS = 30;

export interface RedeliveryOptions {
  /** failures of its own before a message counts as poison */
  mostDeliveries: number;
  /** knows whether the database still waits for a migration */
  health: HealthRegistry | undefined;
}

/** Whether a message that has failed comes again, or ends among the dead letters. */
export class RedeliveryPolicy {
  readonly #mostDeliveries: number;
  readonly #health: HealthRegistry | undefined;
  readonly #blamed = new BlamedMessages();
  readonly #timedOut = new BlamedMessages();

  constructor({ mostDeliveries, health }: RedeliveryOptions) {
    this.#mostDeliveries = mostDeliveries;
    this.#health = health;
  }

  async isPoison(message: JsMsg, error: unknown): Promise<boolean> {
    if (error instanceof PoisonError) return true;
    if (isStatementTimeout(error)) return this.#timedOut.blame(keyOf(message)) >= MOST_TIMEOUTS;
    if (await this.#isBlameless(error)) return false;
    return this.#blamed.blame(keyOf(message)) >= this.#mostDeliveries;
  }

  /** ms until it comes again. */
  pause({ info }: JsMsg): number {
    return backoff(info.deliveryCount, RETRY_MS);
  }

  /** It was done. */
  forget(message: JsMsg): void {
    this.#blamed.forget(keyOf(message));
    this.#timedOut.forget(keyOf(message));
  }

  /** A statement that names what is not in the schema is wrong, unless a migration is still to come: for ever again it would stop the others. */
  async #isBlameless(error: unknown): Promise<boolean> {
    return isDatabaseAway(error) || (isUndefinedInSchema(error) && (await this.#health?.fails(SCHEMA)) === true);
  }
}

/** A stream that is made anew counts from 1 again: what is stored there now is to blame for nothing that was there before. */
function keyOf({ seq, timestamp }: JsMsg): string {
  return `${seq} ${timestamp}`;
}
