import {
  BrokenCircuitError,
  BulkheadRejectedError,
  ConsecutiveBreaker,
  ExponentialBackoff,
  bulkhead,
  circuitBreaker,
  handleWhen,
  retry,
  wrap,
} from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import { MessagingError } from './messaging.error.ts';

/** In flight at once; more wait, and what does not find a place to wait is refused: memory is not the place to keep a backlog. */
const IN_FLIGHT = 128;
const WAITING = 1_024;
const ATTEMPTS = 2;
/** After so many failures in a row the server is left alone for a while, and callers are told at once. */
const FAILURES = 8;
const REST_MS = 1_000;

/** How a message is sent: bounded in number, tried again with jitter, given up at once while the server is known to be away. */
export function publishPolicy(): IPolicy {
  const away = handleWhen((error) => !(error instanceof MessagingError && error.code === 'MESSAGING_REFUSED'));
  return wrap(
    bulkhead(IN_FLIGHT, WAITING),
    retry(away, { maxAttempts: ATTEMPTS, backoff: new ExponentialBackoff({ initialDelay: 50, maxDelay: 500 }) }),
    circuitBreaker(away, { halfOpenAfter: REST_MS, breaker: new ConsecutiveBreaker(FAILURES) }),
  );
}

/** The policy's own refusals in the platform's words. */
export function asMessagingError(error: unknown): MessagingError {
  if (error instanceof MessagingError) return error;
  const reason =
    error instanceof BrokenCircuitError
      ? 'it failed too often just now'
      : error instanceof BulkheadRejectedError
        ? 'too much is waiting'
        : 'no answer';
  return new MessagingError({
    code: 'MESSAGING_AWAY',
    message: `expected NATS to take a message, found that ${reason}; send it again later`,
    cause: error,
  });
}
