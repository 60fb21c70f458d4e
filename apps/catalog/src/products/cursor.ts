import { z } from 'zod';
import { ProblemError } from '@seaworthy/platform';

const Position = z.strictObject({ name: z.string().max(200), id: z.uuid() });

/** The last product of a page; the next page starts after it. Names are not unique, so the id breaks the tie. */
export type Position = z.infer<typeof Position>;

/** Opaque to clients: its content may change. */
export function encodeCursor({ name, id }: Position): string {
  return Buffer.from(JSON.stringify({ name, id })).toString('base64url');
}

/** @throws {ProblemError} 400 for anything that is not a cursor of ours */
export function decodeCursor(cursor: string): Position {
  const position = Position.safeParse(parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (position.success && !position.data.name.includes('\0')) return position.data;
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
