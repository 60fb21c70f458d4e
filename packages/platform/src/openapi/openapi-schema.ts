import { z } from 'zod';

/** A zod schema in the form that OpenAPI 3.0 documents use. */
export function openApiSchema(schema: z.ZodType): Record<string, unknown> {
  return z.toJSONSchema(schema, { target: 'openapi-3.0' });
}
