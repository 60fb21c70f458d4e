import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
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

  const askForCertificate = async (token: string) =>
    identity.fetch(`${identity.url}/certificates`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ csr: 'none' }),
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

  describe('when identity is restarted after a token was revoked', () => {
    it('tells a service that starts then, and refuses the token itself', async () => {
      const { url: identityUrl, fetch } = identity;
      const stolen = await newToken('catalog');
      expect((await revoke(stolen)).status).toBe(200);
      await identity.restart();
      const revocations = remoteRevocations({ identityUrl, fetch });
      const verifier = new TokenVerifier({ keys: remoteKeys({ identityUrl, fetch, kinds: ['workloads'] }), revocations });
      await expect(verifier.verify(stolen)).rejects.toMatchObject({ code: 'TOKEN_REVOKED' });
      revocations.stop();
      expect((await askForCertificate(stolen)).status).toBe(401);
      expect((await askForCertificate(await newToken('catalog'))).status).toBe(422);
    });
  });

  describe('when it cannot be kept that a token was revoked', () => {
    it('says so, refuses the token all the same, and keeps it when it is sent again', async () => {
      const file = join(identity.dataDirectory, 'revocations.json.new');
      const stolen = await newToken('edge');
      mkdirSync(file);
      const answer = await revoke(stolen);
      expect([answer.status, answer.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
      expect(await answer.text()).not.toContain(identity.dataDirectory);
      expect((await askForCertificate(stolen)).status).toBe(401);
      rmSync(file, { recursive: true });
      expect((await revoke(stolen)).status).toBe(200);
      await identity.restart();
      expect((await askForCertificate(stolen)).status).toBe(401);
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
