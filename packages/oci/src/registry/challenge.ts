import { OciError } from '../error.ts';

/** Where a registry wants its tokens from: `WWW-Authenticate: Bearer realm="…",service="…"` (RFC 6750, section 3). */
export type Challenge = { realm: URL; service?: string };

const PARAMETER = /([a-z_]+)="([^"]*)"/gi;

/** @throws OciError DENIED when no bearer token would help, MALFORMED when the realm is no URL. */
export function parseChallenge(header: string | undefined, registry: URL): Challenge {
  if (header === undefined || !/^bearer\s/i.test(header)) {
    throw new OciError({
      code: 'DENIED',
      message: `expected ${registry.origin} to ask for a bearer token, found ${header === undefined ? 'no challenge' : 'another scheme'}`,
    });
  }
  const parameters = new Map<string, string>();
  for (const [, name, value] of header.matchAll(PARAMETER)) parameters.set(name!.toLowerCase(), value!);
  const realm = parameters.get('realm');
  if (realm === undefined || !URL.canParse(realm, registry.href))
    throw new OciError({ code: 'MALFORMED', message: `expected the URL of a token endpoint from ${registry.origin}, found none` });
  const service = parameters.get('service');
  return { realm: new URL(realm, registry), ...(service === undefined ? {} : { service }) };
}
