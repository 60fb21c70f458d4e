import { EventEmitter } from 'node:events';
import { Injectable, Logger } from '@nestjs/common';
import type { FleetEvent } from './event.ts';

/** Enough for an afternoon; what is older stands in the container's log. */
const KEPT = 1_000;

/** Everything that the fleet does, once as a line of its log and once for whoever follows. */
@Injectable()
export class EventLog {
  readonly #logger = new Logger('fleet');
  readonly #events: FleetEvent[] = [];
  readonly #followers = new EventEmitter().setMaxListeners(0);
  /** Begins at the clock, so that who was told of an event before a restart misses none after it: nobody does a thousand things a second. */
  #last = Date.now();

  add(event: Omit<FleetEvent, 'id' | 'time'>): void {
    const full: FleetEvent = { id: ++this.#last, time: new Date().toISOString(), ...event };
    this.#events.push(full);
    if (this.#events.length > KEPT) this.#events.shift();
    this.#logger.log({ fleet: full, msg: `${full.service}: ${full.kind} ${full.replica ?? ''} ${full.code ?? ''}`.trimEnd() });
    this.#followers.emit('event', full);
  }

  after(id: number): FleetEvent[] {
    return this.#events.filter((event) => event.id > id);
  }

  /** Returns how to stop it. */
  follow(listener: (event: FleetEvent) => void): () => void {
    this.#followers.on('event', listener);
    return () => this.#followers.off('event', listener);
  }
}
