import { readFile } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { PolicyError } from './error.ts';

/** Reads a YAML file (1.2, no aliases, no duplicate keys) that must satisfy the schema. */
export async function readDeclaration<T extends z.ZodType>(file: string, schema: T): Promise<z.output<T>> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PolicyError({ code: 'POLICY_FILE_MISSING', message: `${file}: expected a declaration, found no readable file`, cause });
  });
  return parseDeclaration(file, parseYaml(file, text), schema);
}

function parseYaml(file: string, text: string): unknown {
  try {
    const document = parseDocument(text, { uniqueKeys: true, stringKeys: true });
    const [broken] = document.errors;
    if (broken) throw broken;
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: `${file}: expected YAML without aliases, found: ${found}`, cause });
  }
}

/** Checks a value against a schema; what is wrong is listed as `file: path: expectation`. */
export function parseDeclaration<T extends z.ZodType>(file: string, value: unknown, schema: T): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${file}: ${issue.path.join('.') || '(top)'}: ${issue.message}`);
  throw new PolicyError({ code: 'POLICY_FILE_MALFORMED', message: problems.join('\n'), cause: result.error });
}
