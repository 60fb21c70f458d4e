import { z } from 'zod';

/** An absolute path of plain characters, without empty or dot segments: nothing in it needs resolving. */
export const PlainPath = z
  .string()
  .max(512)
  .refine(
    (path) => path.startsWith('/') && path.slice(1).split('/').every(isPlainSegment),
    'expected an absolute path without escapes, empty or dot segments',
  );

export function isPlainSegment(segment: string): boolean {
  return /^[\w.@:+-]+$/.test(segment) && !/^\.+$/.test(segment);
}
