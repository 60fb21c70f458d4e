import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { AUDIENCE, ISSUERS } from '@seaworthy/contracts';
import { remoteKeys, TokenVerifier, workloadToken } from '@seaworthy/platform';
import { CLIENT_SECRETS, startIdentity, type RunningIdentity } from './identity.fixture.ts';

describe('the issuer for workloads', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  const tokenRequest = (fields: Record<string, string>, basic?: string) =>
    identity.fetch(`${identity.url}/workloads/token`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        ...(basic && { authorization: `Basic ${Buffer.from(basic).toString('base64')}` }),
      },
      body: new URLSearchParams(fields).toString(),
    });

  describe('when a workload shows its secret', () => {
    it('gives a token of ten minutes for the one audience, signed with ES256', async () => {
      const token = await workloadToken({
        identityUrl: identity.url,
        clientId: 'catalog',
        clientSecret: CLIENT_SECRETS.catalog,
        fetch: identity.fetch,
      })();
      const { iss, aud, sub, exp, iat } = decodeJwt(token);
      expect({ iss, aud, sub }).toEqual({ iss: ISSUERS.workloads, aud: AUDIENCE, sub: 'catalog' });
      expect((exp ?? 0) - (iat ?? 0)).toBe(600);
      expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' });
    });

    it('is believed by a verifier that has nothing but the published keys', async () => {
      const { url: identityUrl, fetch } = identity;
      const token = await workloadToken({ identityUrl, clientId: 'edge', clientSecret: CLIENT_SECRETS.edge, fetch })();
      const verifier = new TokenVerifier({ keys: remoteKeys({ identityUrl, fetch, kinds: ['people', 'workloads'] }) });
      expect(await verifier.verify(token)).toMatchObject({ kind: 'workload', name: 'edge', roles: [] });
    });
  });

  describe('when the secret is wrong', () => {
    it.each([
      ['another', 'catalog:wrong'],
      ["another workload's", `catalog:${CLIENT_SECRETS.edge}`],
      ['of an unknown workload', 'nobody:x'],
    ])('refuses one that is %s', async (_, basic) => {
      expect((await tokenRequest({ grant_type: 'client_credentials' }, basic)).status).toBe(401);
    });

    it('refuses one that is empty', async () => {
      expect((await tokenRequest({ grant_type: 'client_credentials' }, 'catalog:')).status).toBe(400);
    });

    it('does not take the digest that its own file holds', async () => {
      const { createHash } = await import('node:crypto');
      const digest = createHash('sha256').update(CLIENT_SECRETS.catalog).digest('hex');
      expect((await tokenRequest({ grant_type: 'client_credentials' }, `catalog:${digest}`)).status).toBe(401);
    });
  });

  describe('when another grant or audience is asked for', () => {
    const own = `catalog:${CLIENT_SECRETS.catalog}`;
    it.each(['password', 'authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange'])(
      'refuses the grant %s',
      async (grant) => {
        const answer = await tokenRequest({ grant_type: grant, username: 'developer', password: 'x', code: 'x', redirect_uri: 'x' }, own);
        expect(answer.status).toBe(400);
        expect(await answer.json()).toMatchObject({ error: expect.stringMatching(/unsupported_grant_type|unauthorized_client/) });
      },
    );

    it('refuses an audience that is not the platform', async () => {
      const answer = await tokenRequest({ grant_type: 'client_credentials', resource: 'https://bank.example' }, own);
      expect(await answer.json()).toMatchObject({ error: 'invalid_target' });
    });
  });

  describe('when the Host header is forged', () => {
    it('answers 421 and builds no address from it', async () => {
      const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
        void import('node:https').then(({ request }) =>
          request(
            {
              host: '127.0.0.1',
              port: identity.port,
              servername: 'localhost',
              ca: identity.root,
              path: '/workloads/.well-known/openid-configuration',
              headers: { host: 'evil.example' },
            },
            (response) => {
              let body = '';
              response.on('data', (chunk) => (body += String(chunk))).on('end', () => resolve({ status: response.statusCode ?? 0, body }));
            },
          )
            .on('error', reject)
            .end(),
        );
      });
      expect(answer.status).toBe(421);
      expect(answer.body).not.toContain('evil');
    });
  });
});
