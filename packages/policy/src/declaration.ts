import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { PolicyError } from './error.ts';

/** Reads a YAML file (1.2, no aliases, no duplicate keys) that must satisfy the schema. */
export async function readDeclaration<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolicyError({ code: 'POLICY_FILE_MISSING', message: `${file}: expected a declaration, found no readable file`, cause });
  });
  const document = parseDocument(text, { uniqueKeys: true, stringKeys: true });
  const [broken] = document.errors;
  if (broken)
    throw new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: `${file}: expected YAML, found: ${broken.message}`, cause: broken });
  return parseDeclaration(file, document.toJS({ maxAliasCount: 0 }), schema);
}

/** Checks a value against a schema; what is wrong is listed as `file: path: expectation`. */
export function parseDeclaration<T extends z.ZodType>(file: string, value: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${file}: ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: problems.join('\n'), cause: result.error });
}
