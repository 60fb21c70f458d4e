import type { ServiceCard } from '@seaworthy/policy';
import { IDENTITY } from '../develop/services.ts';
import type { ThrowAwayAuthority } from '../develop/throw-away-authority.ts';
import { throwAwayIdentity } from '../develop/throw-away-identity.ts';
import { throwAwaySecrets } from '../develop/throw-away-secret.ts';

/** Secrets that a copy of this service starts with, by the names of their files. `dir`: a folder that goes with the copy */
export async function madeUpSecrets(card: ServiceCard, dir: string, authority: ThrowAwayAuthority): Promise<Record<string, string>> {
  const secrets = throwAwaySecrets(card.secrets);
  if (card.name !== IDENTITY) return secrets;
  // nobody has a secret or a password that it knows
  return { ...secrets, ...(await throwAwayIdentity({ dir, authority, clientSecrets: {}, people: [] })).secrets };
}
