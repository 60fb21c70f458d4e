import { createLocalJWKSet } from 'jose';
import type Provider from 'oidc-provider';
import { TokenVerifier } from '@seaworthy/platform';
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

/** This service verifies workloads' tokens with the keys that it has at hand. */
export function ownVerifier({ issuerKeys: { workloads } }: IdentityConfig): TokenVerifier {
  const keys = workloads.keys.map(({ kty, crv, kid, x, y }) => ({ kty, crv, kid, x, y }));
  return new TokenVerifier({ keys: { workloads: createLocalJWKSet({ keys }) } });
}
