import { z } from 'zod';
import { ProblemError } from '@seaworthy/platform';

const Position = z.strictObject({ placedAt: z.iso.datetime(), id: z.uuid() });

/** The last order of a page; the next page starts after it. */
export type Position = z.infer<typeof Position>;

/** Opaque to clients: its content may change. */
export function encodeCursor({ placedAt, id }: Position): string {
  return Buffer.from(JSON.stringify({ placedAt, id })).toString('base64url');
}

/** @throws {ProblemError} 400 for anything that is not a cursor of ours */
export function decodeCursor(cursor: string): Position {
  const position = Position.safeParse(parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (position.success) return position.data;
  throw new ProblemError({
    status: 400,
    code: 'VALIDATION_FAILED',
    detail: 'expected a cursor from the `next` of a page, found another text; start without one',
    extensions: { errors: [{ detail: 'not a cursor', pointer: '#/cursor' }] },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
