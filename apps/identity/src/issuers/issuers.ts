import { createLocalJWKSet } from 'jose';
import type Provider from 'oidc-provider';
import { TokenVerifier, type RevocationList, type Revocations } from '@seaworthy/platform';
import type { IdentityConfig } from '../identity.config.ts';
import type { Accounts } from '../people/accounts.ts';
import { createPeopleIssuer } from './people.issuer.ts';
import { createWorkloadIssuer } from './workloads.issuer.ts';

/** The platform's two OpenID Connect issuers. */
export class Issuers {
  readonly people: Provider;
  readonly workloads: Provider;

  constructor({ issuerKeys: { people, workloads, cookies }, clients }: IdentityConfig, accounts: Accounts) {
    this.people = createPeopleIssuer({ accounts, jwks: people, cookieKeys: cookies });
    this.workloads = createWorkloadIssuer({ clients, jwks: workloads, cookieKeys: cookies });
  }
}

/** This service verifies tokens with the keys and the list of revoked ones that it has at hand. People have no right here but to revoke their tokens. */
export function ownVerifier({ issuerKeys: { people, workloads } }: IdentityConfig, revocations: Revocations): TokenVerifier {
  return new TokenVerifier({ keys: { people: publicKeys(people), workloads: publicKeys(workloads) }, revocations });
}

/** Which keys count now: a verifier that holds others asks for them anew. */
export function keyIds({ issuerKeys: { people, workloads } }: Pick<IdentityConfig, 'issuerKeys'>): NonNullable<RevocationList['keys']> {
  const ids = ({ keys }: typeof people) => keys.map(({ kid }) => kid);
  return { people: ids(people), workloads: ids(workloads) };
}

function publicKeys({ keys }: IdentityConfig['issuerKeys']['people']): ReturnType<typeof createLocalJWKSet> {
  return createLocalJWKSet({ keys: keys.map(({ kty, crv, kid, x, y }) => ({ kty, crv, kid, x, y })) });
}
