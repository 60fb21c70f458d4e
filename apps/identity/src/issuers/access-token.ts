import { type Configuration, errors } from 'oidc-provider';
import { AUDIENCE } from '@seaworthy/contracts';

type ResourceIndicators = NonNullable<NonNullable<Configuration['features']>['resourceIndicators']>;

/** Access tokens are JWTs (RFC 9068) for the platform's one audience (RFC 8707), signed with ES256. */
export function accessTokens(lifetimeSeconds: number): ResourceIndicators {
  return {
    enabled: true,
    defaultResource: () => AUDIENCE,
    useGrantedResource: () => true,
    getResourceServerInfo: (_context, resource) => {
      if (resource !== AUDIENCE) throw new errors.InvalidTarget();
      return { scope: '', audience: AUDIENCE, accessTokenFormat: 'jwt', accessTokenTTL: lifetimeSeconds, jwt: { sign: { alg: 'ES256' } } };
    },
  };
}

/** What both issuers have in common. */
export const COMMON = {
  enabledJWA: { idTokenSigningAlgValues: ['ES256'] },
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  renderError: (context, { error, error_description: description }) => {
    context.type = 'text/plain; charset=utf-8'; // never HTML: it may quote what the request said
    context.body = `${error}${description ? `: ${description}` : ''}\n`;
  },
} satisfies Configuration;
