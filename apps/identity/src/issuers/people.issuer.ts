import { interactionPolicy, type JWKS, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import type { Accounts } from '../people/accounts.ts';
import { accessTokens, COMMON } from './access-token.ts';
import { memoryAdapter } from './memory.adapter.ts';

export const PERSON_TOKEN_SECONDS = 3_600;

/** The command line's client: public, so it has no secret to lose; PKCE binds the code to whoever began (RFC 7636, RFC 8252). */
export const CLI_CLIENT = { id: 'seaworthy-cli', redirectUri: 'http://127.0.0.1/callback' } as const;

/** The issuer for people: authorization code with PKCE, and nothing else. */
export function createPeopleIssuer({ accounts, jwks, cookieKeys }: { accounts: Accounts; jwks: JWKS; cookieKeys: string[] }): Provider {
  const cookie = { httpOnly: true, sameSite: 'lax', secure: true, signed: true } as const;
  return new Provider(ISSUERS.people, {
    ...COMMON,
    adapter: memoryAdapter(),
    jwks,
    cookies: { keys: cookieKeys, long: cookie, short: cookie },
    clients: [
      {
        client_id: CLI_CLIENT.id,
        application_type: 'native', // any port of the loopback address (RFC 8252 section 7.3)
        grant_types: ['authorization_code'],
        response_types: ['code'],
        redirect_uris: [CLI_CLIENT.redirectUri],
        token_endpoint_auth_method: 'none',
      },
    ],
    clientAuthMethods: ['none'],
    responseTypes: ['code'],
    scopes: ['openid'],
    pkce: { required: () => true },
    ttl: {
      AccessToken: PERSON_TOKEN_SECONDS,
      AuthorizationCode: 60,
      Grant: PERSON_TOKEN_SECONDS,
      IdToken: PERSON_TOKEN_SECONDS,
      Interaction: 600,
      Session: PERSON_TOKEN_SECONDS,
    },
    features: {
      devInteractions: { enabled: false },
      userinfo: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      pushedAuthorizationRequests: { enabled: false }, // they would let anybody store what they like
      resourceIndicators: accessTokens(PERSON_TOKEN_SECONDS),
    },
    interactions: { policy: askEachTime(), url: (_context, { uid }) => `/people/interaction/${uid}` },
    findAccount: (_context, name) => (accounts.rolesOf(name) ? { accountId: name, claims: () => ({ sub: name }) } : undefined),
    extraTokenClaims: (_context, token) =>
      'accountId' in token && token.accountId ? { roles: accounts.rolesOf(token.accountId) ?? [] } : undefined,
    loadExistingGrant: grantToOurOwn,
  });
}

/**
 * Any program of this machine may listen on the loopback address, so no code is given away by a session in a browser alone
 * (RFC 8252 section 8.6): each one needs the password.
 */
function askEachTime() {
  const { base, Check } = interactionPolicy;
  const policy = base();
  policy.get('consent')?.checks.remove('native_client_prompt');
  const asked = (context: KoaContextWithOIDC): boolean => context.oidc.result?.login !== undefined;
  policy.get('login')?.checks.add(new Check('each_time', 'each code needs the password', (context) => !asked(context)));
  return policy;
}

/** The only client is ours: nobody is asked whether the platform may know what the platform knows. */
async function grantToOurOwn(context: KoaContextWithOIDC) {
  const { client, session, provider } = context.oidc;
  if (!client || !session?.accountId) return undefined;
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  grant.addOIDCScope('openid');
  grant.addResourceScope(AUDIENCE, '');
  await grant.save();
  return grant;
}
