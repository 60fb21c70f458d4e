import { BrokenCircuitError, BulkheadRejectedError } from 'cockatiel';
import type { IPolicy } from 'cockatiel';
import { guardPolicy } from '../resilience/guard.policy.ts';
import { MessagingError } from './messaging.error.ts';
import type { MessagingErrorCode } from './messaging.error.ts';

/** How a message is sent: bounded in number, tried again with jitter, given up at once while the server is known to be away. */
export function publishPolicy(): IPolicy {
  const has = (error: unknown, code: MessagingErrorCode): boolean => error instanceof MessagingError && error.code === code;
  // a server that ends has no streams a moment earlier: asked again, it is away
  const worthAnother = (error: unknown): boolean => !has(error, 'MESSAGING_REFUSED');
  return guardPolicy({
    bounds: { inFlight: 128, waiting: 1_024 },
    retries: { most: 2, when: worthAnother },
    away: (error) => worthAnother(error) && !has(error, 'MESSAGING_NO_STREAM'),
    failures: 8,
    rest: 1_000,
  });
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
