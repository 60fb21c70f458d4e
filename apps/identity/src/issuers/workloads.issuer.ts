import { createHash, timingSafeEqual } from 'node:crypto';
import { type JWKS, Provider } from 'oidc-provider';
import { ISSUERS } from '@seaworthy/contracts';
import { accessTokens, COMMON } from './access-token.ts';
import { memoryAdapter } from './memory.adapter.ts';

export interface WorkloadClient {
  id: string;
  /** SHA-256 of the client secret, hex: the secret has 256 random bits, and only the workload holds it */
  secretSha256: string;
}

export const WORKLOAD_TOKEN_SECONDS = 600;

/** The issuer for workloads: client credentials and nothing else (RFC 6749 section 4.4). */
export function createWorkloadIssuer({
  clients,
  jwks,
  cookieKeys,
}: {
  clients: readonly WorkloadClient[];
  jwks: JWKS;
  cookieKeys: string[];
}): Provider {
  const provider = new Provider(ISSUERS.workloads, {
    ...COMMON,
    adapter: memoryAdapter(),
    jwks,
    cookies: { keys: cookieKeys },
    clients: clients.map(({ id, secretSha256 }) => ({
      client_id: id,
      client_secret: secretSha256,
      grant_types: ['client_credentials'],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
    })),
    clientAuthMethods: ['client_secret_basic'],
    responseTypes: [],
    scopes: [],
    ttl: { ClientCredentials: WORKLOAD_TOKEN_SECONDS },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false }, // they would let anybody store what they like
      clientCredentials: { enabled: true },
      resourceIndicators: accessTokens(WORKLOAD_TOKEN_SECONDS),
    },
  });
  compareByDigest(provider);
  return provider;
}

/** The file of clients holds digests, so reading it makes nobody a workload. */
function compareByDigest(provider: Provider): void {
  Object.assign(provider.Client.prototype, {
    compareClientSecret(this: { clientSecret: string }, actual: string): boolean {
      const expected = Buffer.from(this.clientSecret, 'hex');
      const found = createHash('sha256').update(actual).digest();
      return expected.length === found.length && timingSafeEqual(expected, found);
    },
  });
}
