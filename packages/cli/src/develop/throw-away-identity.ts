import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { identitySecrets, type Person } from '../ca/identity-secrets.ts';
import type { StoreAccess } from './stores/store.ts';
import type { ThrowAwayAuthority } from './throw-away-authority.ts';

export interface IdentityOptions {
  /** of the identity service alone */
  readonly dir: string;
  readonly authority: ThrowAwayAuthority;
  /** of the session's services, by name */
  readonly clientSecrets: Readonly<Record<string, string>>;
  readonly people: readonly Person[];
}

/** What the identity service of a session has to know: an intermediate, the issuers' keys, and the session's own services and customers. */
export async function throwAwayIdentity({ dir, authority, clientSecrets, people }: IdentityOptions): Promise<StoreAccess> {
  const data = join(dir, 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const { cert, key } = await authority.intermediate();
  const issuers = identitySecrets({ dir: join(dir, 'secrets'), clientSecrets, people });
  return {
    environment: { DATA_DIRECTORY: data },
    secrets: { 'intermediate.key': key, 'intermediate.pem': cert, ...issuers },
  };
}
