import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Instance } from '../instance.ts';
import { developerToken } from '../people.ts';
import { URLS } from '../platform/access.ts';
import type { PlatformAccess } from '../platform/access.ts';
import { keyRing } from '../start/key-ring.ts';
import type { Customer } from '../start/people.ts';

/** Gives a sample customer's token, had by signing in as a browser does, once. */
export function customer(access: PlatformAccess, name: Customer): () => Promise<string> {
  let token: Promise<string> | undefined;
  return async () => {
    const password = keyRing(access.instance).customerPasswords[name];
    return (token ??= developerToken({ identityUrl: URLS.identity, fetch: access.fetch, name, password }));
  };
}

const IssuerKeys = z.looseObject({
  people: z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.literal('EC') })).min(1) }),
});

/** The private key of the issuer of people's tokens, as identity was given it. */
export function issuerKey({ stateDir }: Instance): JsonWebKey & { kid: string } {
  const { people } = IssuerKeys.parse(JSON.parse(readFileSync(join(stateDir, 'secrets/identity/issuer-keys.json'), 'utf8')));
  return people.keys[0] as JsonWebKey & { kid: string };
}
