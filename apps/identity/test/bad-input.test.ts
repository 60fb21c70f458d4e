import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCertificateRequest } from '@seaworthy/platform/tls';
import { workloadToken } from '@seaworthy/platform';
import { openApiDocument } from '@seaworthy/platform/openapi';
import { fieldFaults } from '@seaworthy/testing/fields';
import { CLIENT_SECRETS, startIdentity, type RunningIdentity } from './identity.fixture.ts';

describe('identity, when it is told nonsense', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  it('refuses every field of its own routes in every way, signs nothing and revokes nothing', async () => {
    const { url: identityUrl, fetch } = identity;
    const token = await workloadToken({ identityUrl, clientId: 'catalog', clientSecret: CLIENT_SECRETS.catalog, fetch })();
    const { csr } = await createCertificateRequest(['catalog.seaworthy.internal']);
    const right = {
      'POST /certificates': { status: 201, body: { csr } },
      'GET /revocations': { status: 200 },
      // RFC 7009: what is text and no token of ours is answered as if it had been revoked
      'POST /revocations': { status: 200, body: { token: 'none', token_type_hint: 'access_token' } },
    };
    // the page on which a person logs in answers with pages, and has tests of its own: people.test.ts
    const { '/people/interaction/{uid}': _login, ...paths } = openApiDocument(identity.app(), { title: 'identity', description: '' }).paths;
    const headers = { authorization: `Bearer ${token}`, host: `localhost:${identity.port}` };
    const faults = await fieldFaults(identity.app(), { paths }, right, headers);
    // a member more is ignored there, as RFC 7009 wants it
    expect(faults).toEqual([expect.stringContaining('POST /revocations: body has one more')]);
    expect(await (await fetch(`${identityUrl}/revocations`)).json()).toMatchObject({ revoked: [] });
  });
});
