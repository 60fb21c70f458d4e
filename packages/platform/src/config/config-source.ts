import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOUNTS } from '@seaworthy/contracts';

/** Where configuration comes from; tests bring their own. */
export interface ConfigSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text of the secret without its trailing newline, or undefined where there is no such file. */
  readonly secret: (name: string) => string | undefined;
}

/** The process's environment and the secret files that the operator mounted. The only place that touches `process.env`. */
export function processSource(directory: string = process.env['SECRETS_DIRECTORY'] || MOUNTS.secrets): ConfigSource {
  return { environment: process.env, secret: (name) => readSecret(join(directory, name)) };
}

function readSecret(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    return undefined; // absent and unreadable are refused alike, by name
  }
}
