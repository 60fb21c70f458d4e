import {
  ConsecutiveBreaker,
  ExponentialBackoff,
  bulkhead,
  circuitBreaker,
  handleWhen,
  isBrokenCircuitError,
  noop,
  retry,
  timeout,
  TimeoutStrategy,
  wrap,
} from 'cockatiel';
import type { IPolicy } from 'cockatiel';

export interface GuardOptions {
  /** in hand at once, and waiting for a place; what finds none is refused at once: memory is not the place to keep a backlog */
  bounds?: { inFlight: number; waiting: number };
  /** ms for a call as a whole, its further attempts and all waiting included; what it waits for then is told by the `signal` that it is given */
  deadline?: number;
  /** further attempts after one that failed, and which failures are worth one */
  retries?: { most: number; when: (error: unknown) => boolean };
  /** which failures say that the other side is away */
  away: (error: unknown) => boolean;
  /** after so many of them in a row the other side is left alone, and callers are told at once */
  failures: number;
  /** ms until one call tries whether it is back */
  rest: number;
}

/** Exponential, with decorrelated jitter: replicas must not come back together. */
const RETRY_MS = { initialDelay: 50, maxDelay: 500 };

/**
 * How something that may be away is called: bounded in number and time, tried again with jitter, given up at once while it is known to be away. Throws
 * cockatiel's `BrokenCircuitError`, `BulkheadRejectedError` and `TaskCancelledError` besides the call's own errors.
 */
export function guardPolicy({ bounds, deadline, retries, away, failures, rest }: GuardOptions): IPolicy {
  // who is left alone is not asked again a moment later: that would be a wait for the same answer
  const worthAnother = (error: unknown): boolean => !isBrokenCircuitError(error) && retries?.when(error) === true;
  return wrap(
    deadline === undefined ? noop : timeout(deadline, TimeoutStrategy.Aggressive),
    bounds ? bulkhead(bounds.inFlight, bounds.waiting) : noop,
    retries ? retry(handleWhen(worthAnother), { maxAttempts: retries.most, backoff: new ExponentialBackoff(RETRY_MS) }) : noop,
    circuitBreaker(handleWhen(away), { halfOpenAfter: rest, breaker: new ConsecutiveBreaker(failures) }),
  );
}
