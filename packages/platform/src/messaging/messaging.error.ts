export type MessagingErrorCode = 'MESSAGING_AWAY' | 'MESSAGING_NO_STREAM' | 'MESSAGING_REFUSED';

/**
 * A message could not be handed over. `MESSAGING_AWAY`: try again later. `MESSAGING_NO_STREAM`: NATS is there, and no stream takes the subject; somebody
 * may make one. `MESSAGING_REFUSED`: the message itself is at fault, for good.
 */
export class MessagingError extends Error {
  readonly code: MessagingErrorCode;

  constructor({ code, message, cause }: { code: MessagingErrorCode; message: string; cause?: unknown }) {
    super(message, { cause });
    this.name = 'MessagingError';
    this.code = code;
  }
}

/** Thrown by a handler: this message will never be understood, however often it comes. It goes to the dead letters at once. */
export class PoisonError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PoisonError';
  }
}
