import { randomBytes } from 'node:crypto';
import { createUser } from '@nats-io/nkeys';

/** Good for one session; letters, digits, `_` and `-` alone. 32 bytes: a key for cards is one as well. */
export function throwAwayPassword(): string {
  return randomBytes(32).toString('base64url');
}

/** Seed of an nkey, by which a service says to NATS who it is. */
export function throwAwayMessagingKey(): string {
  return new TextDecoder().decode(createUser().getSeed());
}

/** The secrets that a card names, well-formed as their services want them. @returns by the names of their files */
export function throwAwaySecrets(names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, name === 'messaging-key' ? throwAwayMessagingKey() : throwAwayPassword()]));
}
