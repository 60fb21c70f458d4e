import type { z } from 'zod';
import type { ConfigGroup, Field } from './config-group.ts';
import type { ConfigSource } from './config-source.ts';
import { ConfigError } from './config.error.ts';

export type ConfigValues = ReadonlyMap<ConfigGroup, object>;

/**
 * Reads all groups at once.
 * @throws {ConfigError} naming every bad variable and secret file, so that one start shows all of them
 */
export function readConfig(groups: readonly ConfigGroup[], source: ConfigSource): ConfigValues {
  const problems: string[] = [];
  const values = new Map<ConfigGroup, object>();
  for (const group of new Set(groups)) {
    const entries = Object.entries(group.fields).map(([key, field]) => [key, readField(field, source, problems)]);
    try {
      values.set(group, new group(Object.fromEntries(entries) as never));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.problems); // of values that do not go together
    }
  }
  if (problems.length > 0) throw new ConfigError([...new Set(problems)]);
  return values;
}

function readField(field: Field<unknown>, source: ConfigSource, problems: string[]): unknown {
  const name = `${field.from === 'secret' ? 'secret file ' : ''}${field.name}`;
  try {
    const text = field.from === 'variable' ? source.environment[field.name] || undefined : source.secret(field.name);
    const result = field.schema.safeParse(text);
    if (result.success) return result.data;
    problems.push(`${name}: ${describe(text, result.error)}`);
  } catch (error) {
    problems.push(`${name}: cannot be read (${codeOf(error)})`);
  }
  return undefined;
}

/** What the schema wanted. Only the issue's own words are used: they speak of types and bounds, not of the value. */
function describe(text: string | undefined, error: z.ZodError): string {
  if (text === undefined) return 'is required and not set';
  return error.issues.map((issue) => issue.message).join(', ');
}

/** `EACCES`, `EISDIR`, `ERR_ENCODING_INVALID_ENCODED_DATA`: never the message, which may quote. */
function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unknown error';
}
