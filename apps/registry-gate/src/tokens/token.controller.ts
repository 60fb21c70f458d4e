import { Controller, Get, Header, Headers, Inject, Query } from '@nestjs/common';
import { Anonymous, AuditLog, AuthError, ProblemError, TokenVerifier, type Identity } from '@seaworthy/platform';
import { z } from 'zod';
import { RightsTable } from '../rights/rights.table.ts';
import { intersect, parseScopes, type Access } from '../rights/scope.ts';
import { RegistryTokens, SERVICE } from './registry-tokens.ts';

const MOST_SCOPES = 32;
/** Bounded text; what is no scope in it, or one that grants nothing, is left out later and is no error. Other members are ignored: clients send some. */
const scopes = z.string().regex(/^[\x20-\x7e]{0,1024}$/, 'expected scopes like repository:staging/catalog:pull');
const query = z.object({
  service: z.literal(SERVICE),
  scope: z.union([scopes, z.array(scopes).max(MOST_SCOPES)]).default([]),
});

/**
 * Changes an access token of the platform's issuers into a registry token: Docker registry token authentication. The user name
 * says nothing; the password is the access token. Anonymous as far as the guard goes: the credentials are checked here.
 */
@Controller('token')
@Anonymous()
export class TokenController {
  constructor(
    @Inject(TokenVerifier) private readonly verifier: TokenVerifier,
    @Inject(RightsTable) private readonly rights: RightsTable,
    @Inject(RegistryTokens) private readonly tokens: RegistryTokens,
    @Inject(AuditLog) private readonly audit: AuditLog,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  async give(@Headers('authorization') authorization: string | undefined, @Query({ schema: query }) { scope }: z.infer<typeof query>) {
    const identity = await this.#identify(authorization);
    const access = this.#grant(identity, parseScopes([scope].flat()));
    const { token, expiresIn, issuedAt } = await this.tokens.issue(identity, access);
    this.audit.write({ msg: 'registry token', identity: `${identity.kind}:${identity.name}`, access });
    return { token, access_token: token, expires_in: expiresIn, issued_at: issuedAt.toISOString() };
  }

  async #identify(authorization: string | undefined): Promise<Identity> {
    const password = passwordOf(authorization);
    if (password === undefined) throw unauthenticated('expected Basic credentials with an access token as the password, found none');
    try {
      return await this.verifier.verify(password);
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      if (error.code === 'KEYS_UNREACHABLE')
        throw new ProblemError({ status: 503, code: 'UNAVAILABLE', detail: error.message, cause: error });
      this.audit.warn({ msg: 'registry token refused', reason: error.code });
      throw unauthenticated(error.message);
    }
  }

  /** Less than was asked for is no error: the registry's answer to the request itself says what is missing. */
  #grant(identity: Identity, asked: readonly Access[]): Access[] {
    return asked.flatMap(({ type, name, actions }): Access[] => {
      if (type === 'registry') return this.rights.mayList(identity) ? [{ type, name, actions }] : [];
      const granted = intersect(actions, this.rights.actions(identity, name));
      return granted.length > 0 ? [{ type, name, actions: granted }] : [];
    });
  }
}

function passwordOf(authorization: string | undefined): string | undefined {
  const [, encoded] = /^Basic ([\w+/-]+=*)$/i.exec(authorization ?? '') ?? [];
  const decoded = Buffer.from(encoded ?? '', 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  return colon >= 0 && colon < decoded.length - 1 ? decoded.slice(colon + 1) : undefined;
}

function unauthenticated(detail: string): ProblemError {
  return new ProblemError({ status: 401, code: 'UNAUTHENTICATED', detail, headers: { 'www-authenticate': `Basic realm="${SERVICE}"` } });
}
