import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MOUNTS } from '@seaworthy/contracts';

/** Bytes that are no text are refused, not replaced. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Where configuration comes from; tests bring their own. */
export interface ConfigSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Text of the secret without its trailing newline, or undefined where there is no such file. Throws when it cannot be read. */
  readonly secret: (name: string) => string | undefined;
}

/** The process's environment and the secret files that the operator mounted. The only place that touches `process.env`. */
export function processSource(directory: string = secretsDirectory()): ConfigSource {
  return { environment: process.env, secret: (name) => readSecret(join(directory, name)) };
}

/** One file a secret, mounted by the operator. */
export function secretsDirectory(): string {
  return process.env['SECRETS_DIRECTORY'] || MOUNTS.secrets;
}

/** Whom a service trusts: `root.pem`, mounted by the operator. */
export function trustDirectory(): string {
  return process.env['TRUST_DIRECTORY'] || MOUNTS.trust;
}

function readSecret(path: string): string | undefined {
  try {
    return utf8.decode(readFileSync(path)).replace(/\r?\n$/, '');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
