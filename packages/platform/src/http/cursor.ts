import type { z } from 'zod';
import { ProblemError } from '../errors/problem.ts';

/** Where a page ends, as clients carry it: opaque to them, its content may change. */
export interface Cursor<Position> {
  encode(position: Position): string;
  /** @throws {ProblemError} 400 for anything that is not a cursor of ours */
  decode(cursor: string): Position;
}

/** `schema` says what a position is; it has to be strict, so that what a client has added is no cursor. */
export function cursorOf<Position>(schema: z.ZodType<Position>): Cursor<Position> {
  return {
    encode: (position) => Buffer.from(JSON.stringify(position)).toString('base64url'),
    decode: (cursor) => {
      const position = schema.safeParse(parse(Buffer.from(cursor, 'base64url').toString('utf8')));
      if (position.success) return position.data;
      throw new ProblemError({
        status: 400,
        code: 'VALIDATION_FAILED',
        detail: 'expected a cursor from the `next` of a page, found another text; start without one',
        extensions: { errors: [{ detail: 'not a cursor', pointer: '#/cursor' }] },
      });
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
