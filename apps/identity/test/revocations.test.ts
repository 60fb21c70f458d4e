import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { remoteKeys, remoteRevocations, TokenVerifier, workloadToken } from '@seaworthy/platform';
import { CLIENT_SECRETS, startIdentity, type RunningIdentity } from './identity.fixture.ts';

describe('the list of revoked tokens', () => {
  let identity: RunningIdentity;
  beforeAll(async () => {
    identity = await startIdentity();
  });
  afterAll(() => identity.stop());

  const newToken = async (clientId: 'catalog' | 'edge') =>
    workloadToken({ identityUrl: identity.url, clientId, clientSecret: CLIENT_SECRETS[clientId], fetch: identity.fetch })();
  const revoke = async (token: string) =>
    identity.fetch(`${identity.url}/revocations`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ token }).toString(),
    });

  describe('when a token is revoked', () => {
    it('is refused by a service that had verified it a moment ago, and no other is', async () => {
      const { url: identityUrl, fetch } = identity;
      const revocations = remoteRevocations({ identityUrl, fetch });
      const verifier = new TokenVerifier({ keys: remoteKeys({ identityUrl, fetch, kinds: ['workloads'] }), revocations });
      const [stolen, other] = [await newToken('catalog'), await newToken('edge')];
      await verifier.verify(stolen);
      expect((await revoke(stolen)).status).toBe(200);
      await revocations.refresh();
      await expect(verifier.verify(stolen)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
      expect(await verifier.verify(other)).toMatchObject({ name: 'edge' });
      revocations.stop();
    });
  });

  describe('when what is revoked is not a token of ours', () => {
    it.each(['rubbish', 'eyJhbGciOiJub25lIn0.e30.'])('answers as if it were, and keeps nothing of %s', async (token) => {
      const before = await (await identity.fetch(`${identity.url}/revocations`)).text();
      expect((await revoke(token)).status).toBe(200);
      expect(await (await identity.fetch(`${identity.url}/revocations`)).text()).toBe(before);
    });
  });
});
