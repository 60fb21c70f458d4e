import { createHash } from 'node:crypto';
import { ProblemError } from '@seaworthy/platform';

/** 8 to 128 characters that mean nothing in a header, a log or a query; in quotes or without (the draft's structured field string). */
const KEY = /^("[A-Za-z0-9_.:~-]{8,128}"|[A-Za-z0-9_.:~-]{8,128})$/;

/** For the API's description, whose readers have other engines: no named group, no back reference, no `\w`. */
export const KEY_PATTERN = KEY.source;

/** How long the answer to a key is remembered, ms; after that the key is new. Told to clients: docs/reference/orders.md. */
export const KEPT_MS = 24 * 3_600_000;

export type IdempotencyProblemCode =
  | 'IDEMPOTENCY_KEY_MISSING'
  | 'IDEMPOTENCY_KEY_INVALID'
  | 'IDEMPOTENCY_KEY_REUSED'
  | 'IDEMPOTENCY_IN_PROGRESS';

/** @throws {ProblemError} 400 (draft-ietf-httpapi-idempotency-key-header section 2.7) */
export function readKey(header: string | string[] | undefined): string {
  if (header === undefined) {
    throw new ProblemError<IdempotencyProblemCode>({
      status: 400,
      code: 'IDEMPOTENCY_KEY_MISSING',
      detail: 'expected an Idempotency-Key, found none; send a fresh random one with each order, and the same one when you try again',
    });
  }
  const text = String(header);
  if (KEY.test(text)) return text.replaceAll('"', '');
  throw new ProblemError<IdempotencyProblemCode>({
    status: 400,
    code: 'IDEMPOTENCY_KEY_INVALID',
    detail: 'expected an Idempotency-Key of 8 to 128 letters, digits and . _ : ~ -, found another text',
  });
}

/** The fingerprint of a request: of what was understood of it, so that white space makes no difference. */
export function hashRequest(request: unknown): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}
