import { JetStreamApiError } from '@nats-io/jetstream';
import { Logger } from '@nestjs/common';
import { PermissionViolationError, RequestError } from '@nats-io/transport-node';
import type { HealthCheck } from '../health/health-registry.ts';

type State = 'asked' | 'away' | 'refused' | 'taken';

/**
 * What a replica declares at NATS (streams and consumers, by name), and what became of it. A new version whose declarations the server refuses
 * does not get ready, so that it is rolled back instead of standing there without events; one that has no answer yet because NATS is away waits
 * for nothing. Once all has been taken, what a newer version changes does not take a replica out.
 */
export class Declarations {
  readonly #states = new Map<string, State>();
  readonly #logger = new Logger('messaging');

  /** It will be asked for as soon as there is a connection. */
  expect(name: string): void {
    this.#states.set(name, 'asked');
  }

  /** The server has taken it once: what it has now may be of a newer version, and is left alone. */
  wasTaken(name: string): boolean {
    return this.#states.get(name) === 'taken';
  }

  taken(name: string): void {
    this.#states.set(name, 'taken');
  }

  /** Logged each time: without what was declared, events stop, and nobody else says so. */
  refused(name: string, error: unknown): void {
    if (!this.wasTaken(name)) this.#states.set(name, 'refused');
    this.#logger.error({ msg: 'NATS refuses what this version declares; what is there stays', declaration: name, err: error });
  }

  /** There is no answer now; it is asked for again. */
  away(name: string): void {
    if (this.#states.get(name) === 'asked') this.#states.set(name, 'away');
  }

  allAway(): void {
    for (const name of this.#states.keys()) this.away(name);
  }

  get health(): HealthCheck {
    return {
      name: 'declarations',
      kind: 'required',
      check: () => {
        const states = [...this.#states.values()];
        if (states.includes('refused')) throw unfit('DECLARATION_REFUSED');
        if (states.includes('asked')) throw unfit('DECLARATION_ASKED');
      },
    };
  }
}

/** What was declared is at fault, and not the state of the server (5xx), nor that somebody else has not made their stream yet (404). */
const BAD_REQUEST = 400;

/** The server has answered, and says no for good: asked again it says the same. */
export function isRefusal(error: unknown): boolean {
  if (error instanceof RequestError) return error.cause instanceof PermissionViolationError;
  return error instanceof JetStreamApiError && error.status === BAD_REQUEST;
}

function unfit(code: string): Error {
  return Object.assign(new Error(code), { code });
}
