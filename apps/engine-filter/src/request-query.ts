import { z } from 'zod';
import { Refusal } from './refusal.ts';
import type { RequestLine } from './request-line.ts';

export const SECONDS = z.string().regex(/^\d{1,5}$/);
export const FLAG = z.enum(['0', '1', 'true', 'false']);

/** Parameters that an operation knows, each as it must be; any other is refused. */
export function readQuery(line: RequestLine, parameters: Record<string, z.ZodType<string>>): Readonly<Record<string, string>> {
  const result = z
    .strictObject(parameters)
    .partial()
    .safeParse({ ...line.query });
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new Refusal({ rule: 'QUERY', message: `query ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not allowed'}` });
  }
  return line.query;
}
